// The operator's side of a supernode: metrics, and what it can be asked under /admin/v1.

import { z } from 'zod';
import { type AdminOptions, adminGet, adminPost } from '../shared/http/admin.ts';
import { isAdministered, rereadTokens } from '../shared/http/operator-options.ts';
import { OperatorNetworks, type OperatorTokens } from '../shared/http/operators.ts';
import type { Readers } from '../shared/http/readers.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Metric } from '../shared/platform/metrics.ts';
import { configDocument } from '../shared/platform/options.ts';
import { RuntimeMetrics } from '../shared/platform/runtime-metrics.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import { type SupernodeNumbers, supernodeMetrics } from './api/metrics.ts';
import { statsOf } from './api/status.ts';
import { type SupernodeConfig, supernodeOptions } from './config.ts';
import type { HealingSide } from './healing-side.ts';

export interface OperatorSide {
  readonly readers: Readers;
  /** undefined: there are none. */
  readonly metrics: (() => Metric[]) | undefined;
  /** undefined: nobody may have a token. */
  readonly admin: AdminOptions | undefined;
  /** Reads the tokens again. */
  reload(): void;
  stop(): Promise<void>;
}

export interface OperatorSideParts {
  readonly numbers: () => SupernodeNumbers;
  readonly healing: Pick<HealingSide, 'stats' | 'releaseBrake'>;
  readonly tokens: OperatorTokens;
  readonly log: Log;
}

export function createOperatorSide(config: SupernodeConfig, parts: OperatorSideParts): OperatorSide {
  const { numbers, healing, tokens, log } = parts;
  const trustedProxies = new NetworkSet(config.trustedProxy);
  const runtime = config.metrics ? new RuntimeMetrics() : undefined;
  const routes = [
    adminGet('/stats', 'read', () => statsOf(numbers().directory)),
    adminGet('/healing', 'read', () => healing.stats()),
    adminPost('/heal', 'lifecycle', z.strictObject({}), () => healing.releaseBrake()),
    adminGet('/config', 'read', () => configDocument(supernodeOptions, config)),
  ];
  const networks = new OperatorNetworks(config.allowAdmin, trustedProxies);
  return {
    readers: { networks: new OperatorNetworks(config.allowMetrics, trustedProxies), tokens },
    metrics: runtime && (() => [...supernodeMetrics(numbers()), ...runtime.collect()]),
    admin: !isAdministered(config) ? undefined : { tokens, networks, routes, log },
    reload: () => rereadTokens(tokens, config, log),
    stop: async () => runtime?.stop(),
  };
}
