// Requests of the control plane one after the other: some take milliseconds, and many that come at once would keep announces
// waiting for all of them together.

import type { RequestHandler, Response } from 'express';

interface Waiting {
  readonly response: Response;
  readonly next: () => void;
}

/** The first handler of an app: each request begins in a turn of the event loop of its own, in the order in which they came. */
export function oneEachTurn(): RequestHandler {
  const waiting: Waiting[] = [];
  const begin = (): void => {
    const first = waiting.shift();
    if (waiting.length > 0) setImmediate(begin);
    // Who has gone needs no answer.
    if (first?.response.destroyed === false) first.next();
  };
  return (_request, response, next) => {
    waiting.push({ response, next });
    if (waiting.length === 1) setImmediate(begin);
  };
}
