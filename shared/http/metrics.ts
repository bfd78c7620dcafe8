// GET /metrics: for a Prometheus server of the operator, and for nobody else.

import type { RequestHandler } from 'express';
import { PublicError } from '../errors.ts';
import { METRICS_TYPE, type Metric, writeMetrics } from '../platform/metrics.ts';
import type { OperatorNetworks, OperatorTokens } from './operators.ts';

export interface MetricsOptions {
  readonly collect: () => Metric[];
  /** Who may read without a token. */
  readonly networks: OperatorNetworks;
  /** Those with the scope `read` may read from everywhere. */
  readonly tokens: OperatorTokens;
}

const FORBIDDEN = 403;

export function createMetricsHandler({ collect, networks, tokens }: MetricsOptions): RequestHandler {
  return async (request, response) => {
    if (!networks.has(request) && tokens.find(request)?.scopes.has('read') !== true) {
      throw new PublicError('forbidden', 'metrics are for operators; see --allow-metrics', { status: FORBIDDEN });
    }
    const text = await writeMetrics(collect());
    response.set('Content-Type', METRICS_TYPE).set('Cache-Control', 'no-store').send(text);
  };
}
