// GET /metrics: for the operator's Prometheus server.

import type { RequestHandler } from 'express';
import { METRICS_TYPE, type Metric, writeMetrics } from '../platform/metrics.ts';

/** To be put behind `forReaders`. */
export function createMetricsHandler(collect: () => Metric[]): RequestHandler {
  return async (_request, response) => {
    const text = await writeMetrics(collect());
    response.set('Content-Type', METRICS_TYPE).set('Cache-Control', 'no-store').send(text);
  };
}
