// The nodes as candidates for torrents: with the weight that they have earned, and whether they take more.

import type { Candidate } from './allocation.ts';
import type { Directory } from './directory.ts';
import type { NodeEntry } from './entry.ts';
import { isSteady, isTrusted } from './liveness.ts';
import { hostOf } from './prefixes.ts';
import { type Member, primaryUrl } from './registry.ts';

/** A node has to prove itself for so long before it gets its whole share. */
export const PROBATION_MS = 7 * 86_400_000;
const PROBATION_SHARE = 0.5;

export function candidateOf(directory: Directory, member: Member<NodeEntry>, now: number): Candidate {
  const { entry, liveness, joinedAt } = member;
  const { weight, state, operator } = entry.statement;
  const isProven = now - joinedAt >= PROBATION_MS;
  return {
    id: entry.author,
    weight: isProven ? weight : weight * PROBATION_SHARE,
    host: hostOf(primaryUrl(entry)),
    operator: operator?.id,
    carried: directory.carriers.countOf(entry.author),
    isOpen: state === 'open' && isTrusted(liveness, now) && isSteady(liveness, now),
  };
}
