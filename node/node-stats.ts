// Gathers the node's numbers from all of its parts, when somebody asks.

import type { AnswerCounts } from '../shared/http/answer-counts.ts';
import type { Clock } from '../shared/platform/clock.ts';
import { SOFTWARE } from '../shared/platform/software.ts';
import type { NodeStats } from './api/stats.ts';
import type { BoundListeners } from './bound-listeners.ts';
import type { Joins } from './jobs/joins.ts';
import type { Standing } from './jobs/standing.ts';
import type { Sharing } from './sharing/sharing.ts';
import type { NodeStore } from './store/node-store.ts';
import type { Tracker } from './tracker/tracker.ts';

export interface NodeStatsParts {
  readonly clock: Clock;
  readonly tracker: Pick<Tracker, 'stats'>;
  readonly listeners: Pick<BoundListeners, 'stats'>;
  readonly joins: Pick<Joins, 'joinedCount'>;
  readonly standing: Pick<Standing, 'state'>;
  readonly sharing: Pick<Sharing, 'stats'>;
  readonly store: Pick<NodeStore, 'isWritable'>;
  readonly answers: AnswerCounts;
}

/** The uptime counts from this call. */
export function nodeStatsOf(parts: NodeStatsParts): () => NodeStats {
  const { clock, tracker, listeners, joins, standing, sharing, store, answers } = parts;
  const startedAt = clock.now();
  return () => ({
    software: SOFTWARE,
    uptimeSeconds: Math.max(0, Math.floor((clock.now() - startedAt) / 1000)),
    state: standing.state,
    tracker: tracker.stats,
    listeners: listeners.stats(),
    supernodes: joins.joinedCount,
    isDatabaseWritable: store.isWritable,
    sharing: sharing.stats,
    answers,
  });
}
