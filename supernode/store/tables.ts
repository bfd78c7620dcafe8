// The tables of a supernode's database as queries see them.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { EntryType } from '../directory/entry.ts';

export interface Tables {
  records: {
    /** Place in the feed; a record that replaces another takes a new one at the end. */
    position: number;
    type: EntryType;
    author: Id;
    subject: string;
    seq: number;
    /** Unix ms. */
    expires_at: number;
    bytes: Uint8Array;
  };
  /** One row. */
  feed_head: {
    /** The feed's name: a cursor of another feed means nothing here. */
    id: string;
    /** The last position given away. Whoever writes takes positions from this row first, and so waits for others. */
    last: number;
    /** How often a process found that the database had forgotten what it had said. */
    repairs: number;
    /** Whose feed it is; null until a supernode has claimed it. */
    supernode: Id | null;
  };
  /** How far the feeds of other supernodes have been read. */
  cursors: { supernode: Id; feed: string; since: number };
  /** When nodes came first: those that are new get fewer torrents. */
  joined: { node: Id; at: number };
  /** One row: which process does what is done once. */
  lease: { name: string; holder: string; beat: number };
}
