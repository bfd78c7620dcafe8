// Where a plain client's announce or scrape is sent: to a carrier that answers, without waiting for anything.

import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Id } from '../../shared/protocol/record.ts';
import type { Directory } from './directory.ts';
import { isTrusted } from './liveness.ts';
import { primaryUrl } from './registry.ts';

export type RedirectChoice =
  | { readonly kind: 'redirect'; readonly baseUrl: string }
  /** Carried, but by no node that answers. */
  | { readonly kind: 'unreachable' }
  /** Carried by nobody that this supernode knows. */
  | { readonly kind: 'unknown' };

const UNREACHABLE: RedirectChoice = { kind: 'unreachable' };
const UNKNOWN: RedirectChoice = { kind: 'unknown' };

/**
 * One of the trusted nodes that carry the most of `infoHashes` (several in a scrape), at random so that load spreads;
 * `chance` is a uint32.
 */
export function chooseRedirect(
  directory: Directory,
  infoHashes: readonly InfoHash[],
  now: number,
  chance: number,
): RedirectChoice {
  const counts = new Map<Id, number>();
  let most = 0;
  let isCarried = false;
  for (const infoHash of infoHashes) {
    for (const id of directory.carriers.of(infoHash)) {
      const node = directory.nodes.get(id);
      if (node === undefined) continue;
      isCarried = true;
      if (!isTrusted(node.liveness, now)) continue;
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      most = Math.max(most, count);
    }
  }
  if (most === 0) return isCarried ? UNREACHABLE : UNKNOWN;
  const best = [...counts.keys()].filter((id) => counts.get(id) === most);
  return { kind: 'redirect', baseUrl: primaryUrl(directory.nodes.get(best[chance % best.length]!)!.entry) };
}
