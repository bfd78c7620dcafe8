// The operator's side of a node: its numbers, as documents and as metrics, and what it can be asked to do.

import type { AdminOptions } from '../shared/http/admin.ts';
import type { MetricsOptions } from '../shared/http/metrics.ts';
import { OperatorNetworks, type OperatorTokens } from '../shared/http/operators.ts';
import { StatusCounts } from '../shared/http/status-counts.ts';
import type { Log } from '../shared/platform/log.ts';
import { configDocument } from '../shared/platform/options.ts';
import { RuntimeMetrics } from '../shared/platform/runtime-metrics.ts';
import { NetworkSet } from '../shared/protocol/networks.ts';
import { adminRoutes } from './api/admin.ts';
import { type NodeStats, nodeMetrics } from './api/stats.ts';
import { type NodeConfig, nodeOptions } from './config.ts';
import type { Standing } from './jobs/standing.ts';
import { type NodeStatsParts, nodeStatsOf } from './node-stats.ts';
import type { SharingSide } from './sharing-side.ts';
import type { ListReport } from './store/access-files.ts';
import { ListEditor } from './store/list-editor.ts';

export interface OperatorSide {
  readonly stats: () => NodeStats;
  readonly statuses: StatusCounts;
  /** undefined: there are none. */
  readonly metrics: MetricsOptions | undefined;
  /** undefined: there are no tokens. */
  readonly admin: AdminOptions | undefined;
  stop(): void;
}

export interface OperatorSideParts extends Omit<NodeStatsParts, 'statuses' | 'sharing'> {
  readonly tokens: OperatorTokens;
  readonly standing: Standing;
  readonly sharingSide: SharingSide;
  /** Reads the access lists again. */
  readonly reloadLists: () => Promise<readonly ListReport[]>;
  /** Reads all that may have changed on disk again. */
  readonly reload: () => Promise<unknown>;
  readonly log: Log;
}

export function createOperatorSide(config: NodeConfig, parts: OperatorSideParts): OperatorSide {
  const statuses = new StatusCounts();
  const { sharing } = parts.sharingSide;
  const stats = nodeStatsOf({ ...parts, sharing, statuses });
  const { tokens, log, reload, reloadLists, standing } = parts;
  const trustedProxies = new NetworkSet(config.trustedProxy);
  const networks = new OperatorNetworks(config.allowMetrics, trustedProxies);
  const adminNetworks = new OperatorNetworks(config.allowAdmin, trustedProxies);
  const runtime = config.metrics ? new RuntimeMetrics() : undefined;
  const routes = adminRoutes({
    stats,
    config: () => configDocument(nodeOptions, config),
    lists: new ListEditor(config, reloadLists),
    reload,
    standing,
    origins: parts.sharingSide,
  });
  const collect = () => [...nodeMetrics(stats()), ...(runtime?.collect() ?? [])];
  return {
    stats,
    statuses,
    metrics: config.metrics ? { collect, networks, tokens } : undefined,
    admin: tokens.isEmpty ? undefined : { tokens, networks: adminNetworks, routes, log },
    stop: () => runtime?.stop(),
  };
}
