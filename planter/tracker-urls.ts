// Which announce URLs are written into a torrent, and in which order.

import type { Supernode } from '../shared/network/supernodes.ts';
import { type Random, shuffled } from '../shared/platform/random.ts';
import type { Bencodable } from '../shared/protocol/encoding/bencoding.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import { ANATOMIC_KEY, anatomicMember } from '../shared/protocol/torrent/metainfo.ts';

/** Version of the network protocol that the key `anatomic` of a torrent speaks of. */
const PROTOCOL_VERSION = 2;

/** Supernodes send clients on to live carriers, should all that are written down be gone. */
export const MAX_SUPERNODE_TRACKERS = 2;

/** A node, by the base URL to announce to, and what it carries: an item for each hash. */
export interface TrackingCarrier {
  readonly url: string;
  readonly items: readonly unknown[];
}

export interface TrackerQuestion {
  readonly carriers: readonly TrackingCarrier[];
  readonly supernodes: readonly Supernode[];
  /** Supernodes only. */
  readonly isPortable: boolean;
  /** How many hashes the torrent has: carriers that have all of them come first. */
  readonly hashCount: number;
}

/** All for one tier: clients announce to every tier at once, so a second one would double the load. Carriers are shuffled to spread it. */
export function trackerUrls(
  { carriers, supernodes, isPortable, hashCount }: TrackerQuestion,
  random: Random,
): string[] {
  const complete = carriers.filter(({ items }) => items.length === hashCount);
  const partial = carriers.filter(({ items }) => items.length < hashCount);
  const nodes = [...shuffled(complete, random), ...shuffled(partial, random)].map(({ url }) => url);
  const redirecting = supernodes.slice(0, MAX_SUPERNODE_TRACKERS).map(({ publicUrl }) => publicUrl);
  return [...(isPortable ? [] : nodes), ...redirecting].map((baseUrl) => `${baseUrl}/announce`);
}

/** What to write into the .torrent: the URLs, and where the torrent was planted by whom. */
export function trackerChanges(
  trackers: readonly string[],
  supernodes: readonly Supernode[],
  planter: Id,
): { readonly [key: string]: Bencodable | undefined } {
  const hint = { version: PROTOCOL_VERSION, planter, supernodes: supernodes.map(({ publicUrl }) => publicUrl) };
  return { announce: trackers[0], 'announce-list': [trackers], [ANATOMIC_KEY]: anatomicMember(hint) };
}
