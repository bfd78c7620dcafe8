// How often the control plane answered, by route and HTTP status.

import type { RequestHandler } from 'express';
import type { Sample } from '../platform/metrics.ts';

/** What nobody has a route for. */
const OTHER = 'other';

export class AnswerCounts {
  /** By route, then by status. */
  readonly #routes = new Map<string, Map<number, number>>();

  /** The first handler of an app. */
  readonly handler: RequestHandler = (request, response, next) => {
    response.once('finish', () => {
      const route: unknown = request.route?.path;
      this.#count(typeof route === 'string' ? request.baseUrl + route : OTHER, response.statusCode);
    });
    next();
  };

  /** By status alone: '200'. */
  statuses(): Record<string, number> {
    const totals: Record<string, number> = {};
    for (const { labels, value } of this.samples()) totals[labels.status] = (totals[labels.status] ?? 0) + value;
    return totals;
  }

  samples(): (Sample & { readonly labels: { readonly route: string; readonly status: string } })[] {
    return [...this.#routes].flatMap(([route, statuses]) =>
      [...statuses].map(([status, value]) => ({ value, labels: { route, status: String(status) } })),
    );
  }

  #count(route: string, status: number): void {
    let statuses = this.#routes.get(route);
    if (statuses === undefined) {
      statuses = new Map();
      this.#routes.set(route, statuses);
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
}
