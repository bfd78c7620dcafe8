// What a client asks a tracker and what it understands of the answer, the same over HTTP, UDP and WebSocket. Readers of
// answers take what they can and say what is wrong with the rest: a client goes on, a check reports.

import { PublicError } from '../../errors.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import type { CompactPeer } from './compact-peers.ts';
import { type AnnounceEvent, EVENT_COMPLETED, EVENT_STARTED, EVENT_STOPPED } from './tracker-messages.ts';

/** An announce as a client means it. */
export interface AnnounceCall {
  readonly infoHash: InfoHash;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** 1..65535 */
  readonly port: number;
  /** Unsigned 32 bits that stay with the client when its address changes. */
  readonly key: number;
  readonly event: AnnounceEvent;
  /** Bytes, as are the next two. */
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly numwant: number;
}

/** What a reader noticed about an answer. */
export interface Remarks {
  /** Against the protocol: some client fails on it. */
  readonly defects: readonly string[];
  /** Allowed or tolerated, yet better otherwise. */
  readonly oddities: readonly string[];
}

/** undefined: the answer, or the protocol, does not tell. Numbers are as sent, negative ones too. */
export interface AnnounceReply extends Remarks {
  readonly kind: 'announced';
  readonly intervalSeconds: number | undefined;
  readonly minIntervalSeconds: number | undefined;
  readonly seeders: number | undefined;
  readonly leechers: number | undefined;
  /** Whole entries only; undefined when there is no list at all, as over WebSocket. */
  readonly peers: readonly CompactPeer[] | undefined;
  /** The client's own address as the tracker sees it (BEP 24). */
  readonly externalAddress: string | undefined;
  /** One latin1 character per byte. */
  readonly trackerId: string | undefined;
  readonly warning: string | undefined;
}

export interface TorrentCounts {
  readonly seeders: number;
  readonly leechers: number;
  readonly downloaded: number;
}

export interface ScrapeReply extends Remarks {
  readonly kind: 'scraped';
  /** In the order asked; undefined where the tracker left a torrent out. */
  readonly counts: readonly (TorrentCounts | undefined)[];
}

/** The tracker understood and says no. */
export interface RefusalReply extends Remarks {
  readonly kind: 'refused';
  /** In the tracker's words, of any characters: not for a terminal as it is. */
  readonly reason: string;
}

const EVENT_NAMES: ReadonlyMap<AnnounceEvent, string> = new Map([
  [EVENT_COMPLETED, 'completed'],
  [EVENT_STARTED, 'started'],
  [EVENT_STOPPED, 'stopped'],
]);

/** The event's name over HTTP and WebSocket; a plain update has none. */
export function eventName(event: AnnounceEvent): string | undefined {
  return EVENT_NAMES.get(event);
}

export const NO_REMARKS: Remarks = { defects: [], oddities: [] };

/** Bytes that are no answer of the protocol at all. */
export class AnswerError extends PublicError {
  constructor(message: string) {
    super('answer', message);
  }
}
