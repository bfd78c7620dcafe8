// GET /scrape without a hash, and /scrape.txt: the counts of all torrents, where the operator allows it.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { PublicError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { REFUSALS } from '../../shared/protocol/tracker/refusal.ts';
import type { SourceRates } from './source-rates.ts';

type ScrapeForm = 'bencoded' | 'text';

export interface FullScrapeRoute {
  /** A file compressed by gzip, and until when it is the newest one, unix ms. */
  readonly get: (form: ScrapeForm) => Promise<{ readonly file: string; readonly expiresAt: number }>;
  /** One unit for each answer. */
  readonly rates: Pick<SourceRates, 'take'>;
  readonly clock: Clock;
}

/** Answers under way at once. */
export const MAX_FULL_SCRAPES = 16;
/** Whoever reads slower than this makes room for others. */
const MAX_ANSWER_MS = 300_000;
const RETRY_SECONDS = 60;
const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;

/** Without a route, whoever asks is refused as any scrape without a hash. */
export function createFullScrapeRouter(route: FullScrapeRoute | undefined): Router {
  const router = Router();
  if (route === undefined) {
    router.get('/scrape', refuse);
    return router;
  }
  const scrapes = new FullScrapes(route);
  router.get('/scrape', (request, response) => scrapes.answer('bencoded', request, response));
  router.get('/scrape.txt', (request, response) => scrapes.answer('text', request, response));
  return router;
}

const refuse: RequestHandler = (_request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.send(REFUSALS.noScrapeHashes.httpBody);
};

class FullScrapes {
  readonly #route: FullScrapeRoute;
  #underWay = 0;

  constructor(route: FullScrapeRoute) {
    this.#route = route;
  }

  async answer(form: ScrapeForm, request: Request, response: Response): Promise<void> {
    if (this.#underWay >= MAX_FULL_SCRAPES) throw busy(UNAVAILABLE, 'too many full scrapes at once');
    if (!this.#route.rates.take(request)) throw busy(TOO_MANY_REQUESTS, 'too many full scrapes from this address');
    this.#underWay++;
    try {
      await this.#send(form, request, response);
    } finally {
      this.#underWay--;
    }
  }

  async #send(form: ScrapeForm, request: Request, response: Response): Promise<void> {
    const { file, expiresAt } = await this.#route.get(form);
    await using handle = await open(file);
    const { size } = await handle.stat();
    const maxAge = Math.max(0, Math.ceil((expiresAt - this.#route.clock.now()) / 1000));
    response.setHeader('Content-Type', 'text/plain'); // as of other scrapes: bytes, with no charset
    response.set('Cache-Control', `max-age=${maxAge}`).vary('Accept-Encoding');
    const bytes = createReadStream('', { fd: handle, autoClose: false });
    const signal = AbortSignal.timeout(MAX_ANSWER_MS);
    try {
      if (request.acceptsEncodings('gzip') === 'gzip') {
        response.set('Content-Encoding', 'gzip').set('Content-Length', String(size));
        await pipeline(bytes, response, { signal });
      } else {
        await pipeline(bytes, createGunzip(), response, { signal });
      }
    } catch {
      // Who asked is gone, or too slow: there is nobody left to tell.
      response.destroy();
    }
  }
}

function busy(status: number, message: string): PublicError {
  return new PublicError('busy', message, { status, retrySeconds: RETRY_SECONDS });
}
