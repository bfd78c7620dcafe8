// Who watches whom: a node is pinged often by a few supernodes only, however many there are.

import type { Id } from '../../shared/protocol/records/record.ts';
import { rank } from '../../shared/protocol/sets/rendezvous.ts';

/** More supernodes than that would only cost the node answers. */
export const MAX_WATCHERS = 7;
/** The others ping so many times more seldom: they send clients there, and believe their own eyes alone. */
const SELDOM = 12;
/** Seldom enough for nodes, often enough for an answer to be younger than MAX_ANSWER_AGE_MS. */
const LONGEST_INTERVAL_MS = 60_000;

/** Ms between two pings of `node` by `self`, when these supernodes (self may be among them) answer. */
export function watchIntervalMs(node: Id, self: Id, supernodes: readonly Id[], probeIntervalMs: number): number {
  const others = supernodes.filter((id) => id !== self);
  if (others.length < MAX_WATCHERS) return probeIntervalMs;
  const candidates = [self, ...others].map((id) => ({ id, weight: 1 }));
  const isWatcher = rank(node, candidates).indexOf(self) < MAX_WATCHERS;
  return isWatcher
    ? probeIntervalMs
    : Math.max(probeIntervalMs, Math.min(SELDOM * probeIntervalMs, LONGEST_INTERVAL_MS));
}
