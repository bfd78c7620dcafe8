// How often the control plane answered with which HTTP status.

import type { RequestHandler } from 'express';

export class StatusCounts {
  readonly #counts = new Map<number, number>();

  /** The first handler of an app. */
  readonly handler: RequestHandler = (_request, response, next) => {
    response.once('finish', () => {
      const { statusCode } = response;
      this.#counts.set(statusCode, (this.#counts.get(statusCode) ?? 0) + 1);
    });
    next();
  };

  /** By status, '200'. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
