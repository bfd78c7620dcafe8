// Where a plain client's announce or scrape is sent: to a carrier that answers, without waiting for anything.

import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { type AddressFamily, MAX_SCRAPE_HASHES_HTTP } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Directory } from './directory.ts';
import type { NodeEntry } from './entry.ts';
import { isSteady, isTrusted } from './liveness.ts';
import type { Member } from './registry.ts';
import { suitsFamily } from './url-family.ts';

export type RedirectChoice =
  | { readonly kind: 'redirect'; readonly baseUrl: string }
  /** Carried, but by no node that answers; or planted, and its carriers have not told yet that they carry it. */
  | { readonly kind: 'unreachable' }
  /** Neither planted nor carried, as far as this supernode knows. */
  | { readonly kind: 'unknown' };

/** More than the hashes of any request. */
const MAX_COUNT = 2 * MAX_SCRAPE_HASHES_HTTP;
const UNREACHABLE: RedirectChoice = { kind: 'unreachable' };
const UNKNOWN: RedirectChoice = { kind: 'unknown' };

/** What a client asks for, and where it comes from. */
export interface RedirectWish {
  /** Several in a scrape. */
  readonly infoHashes: readonly InfoHash[];
  readonly family: AddressFamily;
}

/**
 * One of the trusted nodes that have a URL for the client's family, and of those that carry the most of its hashes, at
 * random so that load spreads; a draining one, one that comes and goes, or one that only other supernodes reach, only when
 * there is no other. Without any URL of the family one of the other: most clients have both. `chance` is a uint32.
 */
export function chooseRedirect(
  directory: Directory,
  { infoHashes, family }: RedirectWish,
  now: number,
  chance: number,
): RedirectChoice {
  const counts = new Map<Member<NodeEntry>, number>();
  let isCarried = false;
  for (const infoHash of infoHashes) {
    for (const id of directory.carriers.of(infoHash)) {
      const node = directory.nodes.get(id);
      if (node === undefined) continue;
      isCarried = true;
      if (!isTrusted(node.liveness, now) || node.entry.statement.state === 'left') continue;
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  if (counts.size === 0) return isCarried || isAnyPlanted(directory, infoHashes, now) ? UNREACHABLE : UNKNOWN;
  return { kind: 'redirect', baseUrl: urlFor(pick(counts, family, now, chance), family) };
}

/** One of those of the highest rank. `counts` is of hashes that each carries, and used up. */
function pick(
  counts: Map<Member<NodeEntry>, number>,
  family: AddressFamily,
  now: number,
  chance: number,
): Member<NodeEntry> {
  let highest = -1;
  let among = 0;
  for (const [node, count] of counts) {
    const rank = rankOf(node, count, family, now);
    counts.set(node, rank);
    if (rank > highest) {
      highest = rank;
      among = 0;
    }
    if (rank === highest) among++;
  }
  let before = chance % among;
  for (const [node, rank] of counts) if (rank === highest && before-- === 0) return node;
  throw new Error('nobody has the highest rank');
}

/** Compares by one thing after the other; `count` is below MAX_COUNT. */
function rankOf(node: Member<NodeEntry>, count: number, family: AddressFamily, now: number): number {
  const { entry, liveness } = node;
  const hasWay = suitsFamily(urlFor(node, family), family);
  const isGood = entry.statement.state === 'open' && liveness.isReached && isSteady(liveness, now);
  const answersThere = suitsFamily(node.url, family);
  return (((hasWay ? MAX_COUNT : 0) + count) * 2 + Number(isGood)) * 2 + Number(answersThere);
}

/** Where it answers this supernode when that suits the family, else another of its URLs that does, if there is one. */
function urlFor({ url, entry }: Member<NodeEntry>, family: AddressFamily): string {
  if (suitsFamily(url, family)) return url;
  for (const other of entry.statement.urls) if (suitsFamily(other, family)) return other;
  return url;
}

function isAnyPlanted({ plants, torrents }: Directory, infoHashes: readonly InfoHash[], now: number): boolean {
  return infoHashes.some((infoHash) => plants.copiesOf(torrents.of(infoHash), now) > 0);
}
