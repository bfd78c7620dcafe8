// Weighted rendezvous hashing: everybody who knows the same nodes ranks them alike for a torrent, and a node that comes
// or goes moves only torrents of its own (Thaler and Ravishankar 1998; weights after Schindelhauer and Schomaker 2005).

import { hash } from 'node:crypto';
import type { InfoHash } from '../torrent/info-hash.ts';

export interface Candidate {
  readonly id: string;
  /** Above 0. */
  readonly weight: number;
}

/** The key to rank nodes by for a torrent: one for each of 4096 groups, by the first 12 bits of the hash, so that rankings can be kept. */
export function groupKey(infoHash: InfoHash): string {
  return infoHash.slice(0, 3);
}

/** The ids of the candidates, best first for this key; a candidate is best for a share of the keys as large as its share of the weights. */
export function rank(key: string, candidates: readonly Candidate[]): string[] {
  return candidates
    .map(({ id, weight }) => ({ id, score: scoreOf(key, id, weight) }))
    .sort(byScore)
    .map(({ id }) => id);
}

export interface Scored {
  readonly id: string;
  readonly score: number;
}

/** Best first. */
export function byScore(a: Scored, b: Scored): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1);
}

/**
 * -weight / ln(u), u uniform in (0, 1): the greatest of several is each one's with probability weight / sum of weights.
 * u is made of the first 48 bits of a digest, which is read as text since that takes a third of the time.
 */
export function scoreOf(key: string, id: string, weight: number): number {
  const digest = hash('sha256', `${key} ${id}`, 'hex');
  const uniform = (Number.parseInt(digest.slice(0, 12), 16) + 0.5) / 2 ** 48;
  return -weight / Math.log(uniform);
}
