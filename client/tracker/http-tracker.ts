// A tracker over HTTP (BEP 3, 48): one guarded request per call, redirects followed as clients do.

import { PublicError } from '../../shared/errors.ts';
import { createGuard, type Guard, type GuardedAnswer } from '../../shared/http/guard.ts';
import { RequestError } from '../../shared/http/request-error.ts';
import type { Resolve } from '../../shared/http/resolve.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { ANSWER_LIMITS } from '../../shared/protocol/tracker/answer-fields.ts';
import {
  announceQuery,
  readAnnounceBody,
  readScrapeBody,
  scrapeQuery,
} from '../../shared/protocol/tracker/http-calls.ts';
import type {
  AnnounceCall,
  AnnounceReply,
  RefusalReply,
  Remarks,
  ScrapeReply,
} from '../../shared/protocol/tracker/tracker-calls.ts';
import { type Traced, type TrackerClient, type TrackerClientOptions, TrackerError } from './tracker-client.ts';
import { hostOf, scrapeUrl, withQuery } from './tracker-url.ts';

export interface HttpTrackerOptions extends TrackerClientOptions {
  /** Networks that a redirect may lead to although they are not public, in CIDR form. */
  readonly allowNetworks: readonly string[];
  /** For hosts that redirects name; only addresses of the target's family are used. */
  readonly resolve: Resolve;
}

interface Exchange {
  readonly answer: GuardedAnswer;
  readonly redirects: readonly string[];
}

const MAX_REDIRECTS = 3;
const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
const OK = 200;
/** Some trackers refuse requests that name no software. */
const HEADERS = { 'User-Agent': 'anatomic' };
const MAX_SHOWN_BODY = 40;
const NEVER_CONNECTED: ReadonlySet<string> = new Set(['no-route', 'unreachable']);

export class HttpTracker implements TrackerClient {
  readonly scrape: TrackerClient['scrape'];
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #guard: Guard;

  constructor(options: HttpTrackerOptions) {
    this.#url = options.url;
    this.#timeoutMs = options.timeoutMs;
    this.#guard = createGuard({
      allowNetworks: options.allowNetworks,
      configuredUrls: [options.url.href],
      connectTimeoutMs: options.timeoutMs,
      totalTimeoutMs: options.timeoutMs,
      resolve: resolveTo(options),
    });
    const scrape = scrapeUrl(options.url);
    this.scrape = scrape === undefined ? undefined : (hashes) => this.#scrape(scrape, hashes);
  }

  async announce(call: AnnounceCall): Promise<Traced<AnnounceReply | RefusalReply>> {
    return understand(await this.#get(withQuery(this.#url, announceQuery(call))), readAnnounceBody);
  }

  close(): Promise<void> {
    return this.#guard.close();
  }

  async #scrape(url: URL, hashes: readonly InfoHash[]): Promise<Traced<ScrapeReply | RefusalReply>> {
    return understand(await this.#get(withQuery(url, scrapeQuery(hashes))), (body) => readScrapeBody(body, hashes));
  }

  async #get(first: string): Promise<Exchange> {
    const redirects: string[] = [];
    const signal = AbortSignal.timeout(this.#timeoutMs);
    for (let url = first; ; ) {
      const answer = await this.#request(url, signal);
      const location = REDIRECT_STATUSES.includes(answer.status) ? answer.headers.location : undefined;
      if (location === undefined) return { answer, redirects };
      const next = URL.parse(location, url);
      if (next === null) throw new TrackerError('broken', 'a redirect to what is no URL');
      if (redirects.length === MAX_REDIRECTS) throw new TrackerError('broken', `more than ${MAX_REDIRECTS} redirects`);
      redirects.push(next.origin + next.pathname);
      url = next.href;
    }
  }

  async #request(url: string, signal: AbortSignal): Promise<GuardedAnswer> {
    const timeoutMs = this.#timeoutMs;
    try {
      return await this.#guard.request(url, {
        method: 'GET',
        headers: HEADERS,
        maxBytes: ANSWER_LIMITS.maxBytes,
        timeoutMs,
        signal,
      });
    } catch (error) {
      throw signal.aborted ? new TrackerError('silent', `no answer within ${timeoutMs} ms`, error) : failure(error);
    }
  }
}

/** The tracker's own name leads to the address that was chosen, the names in its redirects wherever the resolver says. */
function resolveTo({ url, target, resolve }: HttpTrackerOptions): Resolve {
  return async (host) => {
    if (host === hostOf(url)) return [target];
    return (await resolve(host)).filter(({ family }) => family === target.family);
  };
}

function understand<Reply extends Remarks>(
  { answer, redirects }: Exchange,
  read: (body: Buffer) => Reply,
): Traced<Reply> {
  const { status, headers, body } = answer;
  try {
    const reply = read(body);
    const oddities = [...reply.oddities];
    if (status !== OK) oddities.push(`status ${status}: many clients read only answers with ${OK}`);
    if (headers['content-length'] === undefined) oddities.push('no Content-Length');
    return { ...reply, oddities, redirects };
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    throw new TrackerError('broken', `status ${status}, ${error.message}, in ${shown(body)}`, error);
  }
}

function shown(body: Buffer): string {
  if (body.length === 0) return 'an empty body';
  return `${JSON.stringify(body.toString('latin1', 0, MAX_SHOWN_BODY))}${body.length > MAX_SHOWN_BODY ? '...' : ''}`;
}

function failure(error: unknown): Error {
  if (error instanceof RequestError) {
    const code = error.code === 'timeout' ? 'silent' : NEVER_CONNECTED.has(error.code) ? 'unreachable' : 'broken';
    return new TrackerError(code, error.message, error);
  }
  // The policy for addresses: whoever runs a client may read what a stranger may not.
  if (error instanceof PublicError) {
    return new TrackerError('unreachable', error.cause instanceof Error ? error.cause.message : error.message, error);
  }
  return error instanceof Error ? error : new Error(String(error));
}
