// The operator's side of a node: its numbers, as documents and as metrics.

import type { MetricsOptions } from '../shared/http/metrics.ts';
import { OperatorNetworks, type OperatorTokens } from '../shared/http/operators.ts';
import { StatusCounts } from '../shared/http/status-counts.ts';
import { RuntimeMetrics } from '../shared/platform/runtime-metrics.ts';
import { NetworkSet } from '../shared/protocol/networks.ts';
import { type NodeStats, nodeMetrics } from './api/stats.ts';
import type { NodeConfig } from './config.ts';
import { type NodeStatsParts, nodeStatsOf } from './node-stats.ts';

export interface OperatorSide {
  readonly stats: () => NodeStats;
  readonly statuses: StatusCounts;
  /** undefined: there are none. */
  readonly metrics: MetricsOptions | undefined;
  stop(): void;
}

export interface OperatorSideParts extends Omit<NodeStatsParts, 'statuses'> {
  readonly tokens: OperatorTokens;
}

export function createOperatorSide(config: NodeConfig, parts: OperatorSideParts): OperatorSide {
  const statuses = new StatusCounts();
  const stats = nodeStatsOf({ ...parts, statuses });
  const { tokens } = parts;
  const networks = new OperatorNetworks(config.allowMetrics, new NetworkSet(config.trustedProxy));
  const runtime = config.metrics ? new RuntimeMetrics() : undefined;
  const collect = () => [...nodeMetrics(stats()), ...(runtime?.collect() ?? [])];
  return {
    stats,
    statuses,
    metrics: config.metrics ? { collect, networks, tokens } : undefined,
    stop: () => runtime?.stop(),
  };
}
