// Where a plain client's announce or scrape is sent: to a carrier that answers, without waiting for anything.

import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Directory } from './directory.ts';
import type { NodeEntry } from './entry.ts';
import { isSteady, isTrusted } from './liveness.ts';
import type { Member } from './registry.ts';

export type RedirectChoice =
  | { readonly kind: 'redirect'; readonly baseUrl: string }
  /** Carried, but by no node that answers; or planted, and its carriers have not told yet that they carry it. */
  | { readonly kind: 'unreachable' }
  /** Neither planted nor carried, as far as this supernode knows. */
  | { readonly kind: 'unknown' };

const UNREACHABLE: RedirectChoice = { kind: 'unreachable' };
const UNKNOWN: RedirectChoice = { kind: 'unknown' };

/**
 * One of the trusted nodes that carry the most of `infoHashes` (several in a scrape), at random so that load spreads;
 * a draining one, one that comes and goes, or one that only other supernodes reach, only when there is no other.
 * `chance` is a uint32.
 */
export function chooseRedirect(
  directory: Directory,
  infoHashes: readonly InfoHash[],
  now: number,
  chance: number,
): RedirectChoice {
  const counts = new Map<Member<NodeEntry>, number>();
  let most = 0;
  let isCarried = false;
  for (const infoHash of infoHashes) {
    for (const id of directory.carriers.of(infoHash)) {
      const node = directory.nodes.get(id);
      if (node === undefined) continue;
      isCarried = true;
      if (!isTrusted(node.liveness, now) || node.entry.statement.state === 'left') continue;
      const count = (counts.get(node) ?? 0) + 1;
      counts.set(node, count);
      most = Math.max(most, count);
    }
  }
  if (most === 0) return isCarried || isAnyPlanted(directory, infoHashes, now) ? UNREACHABLE : UNKNOWN;
  const best = [...counts.keys()].filter((node) => counts.get(node) === most);
  const good = best.filter(
    ({ entry, liveness }) => entry.statement.state === 'open' && liveness.isReached && isSteady(liveness, now),
  );
  const choices = good.length > 0 ? good : best;
  return { kind: 'redirect', baseUrl: choices[chance % choices.length]!.url };
}

function isAnyPlanted({ plants, torrents }: Directory, infoHashes: readonly InfoHash[], now: number): boolean {
  return infoHashes.some((infoHash) => plants.copiesOf(torrents.of(infoHash), now) > 0);
}
