// The one door to undici, and the one road to any address learned from somebody else (see address-policy.ts).

import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { PublicError } from '../errors.ts';
import { type AddressPolicy, addressRefusal, createAddressPolicy } from './address-policy.ts';
import { GatheredBytes } from './gathered-bytes.ts';
import { RequestError, requestFailure } from './request-error.ts';
import { type Resolve, systemResolve } from './resolve.ts';
import { createStrangerResolve } from './stranger-names.ts';

export interface GuardedRequest {
  readonly method: 'GET' | 'POST';
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The most the answer's body may have; more ends the connection. */
  readonly maxBytes: number;
  /** From the call to the last byte of the answer; a long poll says more than the guard's own limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface GuardedAnswer {
  /** Any status: redirects are not followed. */
  readonly status: number;
  /** Names in lower case; values given more than once are joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Guard {
  /**
   * Throws PublicError 'address' for a URL that may not be called, RequestError when the network or the other side fails,
   * the signal's reason when it is aborted.
   */
  request(url: string, request: GuardedRequest): Promise<GuardedAnswer>;
  /** Ends open connections; requests in progress fail. */
  close(): Promise<void>;
}

export interface GuardOptions {
  /** Networks in CIDR form that may be called although they are not public. */
  readonly allowNetworks: readonly string[];
  /** URLs that the operator named: their scheme, host and port may be anywhere. */
  readonly configuredUrls: readonly string[];
  readonly connectTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  /** Both for the hosts that the operator named and for all others; each has its own way when left out. */
  readonly resolve?: Resolve;
  /** Told which addresses a host name has that strangers gave, before one of them is connected to; it may throw instead. */
  readonly onResolved?: (host: string, addresses: readonly string[]) => void;
}

const CONNECT_TIMEOUT_MS = 3_000;
const TOTAL_TIMEOUT_MS = 10_000;
/** A long poll takes one for itself. */
const MAX_CONNECTIONS_PER_ORIGIN = 4;
/** For servers that do not name their own time. */
const KEEP_ALIVE_MS = 30_000;
const MAX_URL_LENGTH = 2048;
/** Answers of status 1xx before the one that counts (RFC 9110, 15.2). Each costs more to read than to send. */
const MAX_INTERIM_ANSWERS = 16;

/** Made once per service, so that connections are reused. */
export function createGuard(options: GuardOptions): Guard {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, totalTimeoutMs = TOTAL_TIMEOUT_MS } = options;
  const policy = createAddressPolicy(options.allowNetworks);
  const configuredOrigins = new Set(options.configuredUrls.map((url) => parseUrl(url).origin));
  const anywhere = createAgent(connectTimeoutMs, lookupWith(options.resolve ?? systemResolve));
  const resolveGuarded = options.resolve ?? createStrangerResolve();
  const checks = { policy, onResolved: options.onResolved };
  const guarded = createAgent(connectTimeoutMs, lookupWith(resolveGuarded, checks));

  const request = async (text: string, call: GuardedRequest): Promise<GuardedAnswer> => {
    const url = parseUrl(text);
    const isConfigured = configuredOrigins.has(url.origin);
    if (!isConfigured) checkLiteral(url, policy);
    call.signal?.throwIfAborted();
    const agent = isConfigured ? anywhere : guarded;
    const deadline = new AbortController();
    const timeoutMs = call.timeoutMs ?? totalTimeoutMs;
    const timer = setTimeout(
      () => deadline.abort(new RequestError('timeout', url, `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    let interims = 0;
    const onInfo = (): void => {
      if (++interims <= MAX_INTERIM_ANSWERS) return;
      deadline.abort(new RequestError('broken', url, `announced its answer more than ${MAX_INTERIM_ANSWERS} times`));
    };
    const signal = call.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, call.signal]);
    try {
      return await exchange(agent, url, call, { signal, onInfo });
    } catch (error) {
      throw signal.aborted ? signal.reason : requestFailure(error, url);
    } finally {
      clearTimeout(timer);
    }
  };
  const close = async (): Promise<void> => {
    await Promise.all([anywhere.destroy(), guarded.destroy()]);
  };
  return { request, close };
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onInfo: () => void;
}

async function exchange(agent: Agent, url: URL, call: GuardedRequest, watch: Watch): Promise<GuardedAnswer> {
  const { statusCode, headers, body } = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: call.method,
    headers: call.headers ?? {},
    body: call.body ?? null,
    ...watch,
  });
  return { status: statusCode, headers: flatten(headers), body: await readCapped(body, call.maxBytes, url) };
}

/** Leaving the loop early destroys the body and with it the connection. */
async function readCapped(body: Dispatcher.ResponseData['body'], maxBytes: number, url: URL): Promise<Buffer> {
  const gathered = new GatheredBytes(maxBytes);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (!gathered.add(chunk)) throw new RequestError('too-large', url, `answered with more than ${maxBytes} bytes`);
  }
  return gathered.bytes;
}

/** Host names are written in many ways (2130706433, 0x7f.1): the URL parser brings all of them into one form. */
function parseUrl(text: string): URL {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (url === null) throw new PublicError('address', 'not a URL that can be called');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new PublicError('address', `${url.protocol} URLs are not called, only http: and https:`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new PublicError('address', 'URLs with a user name or password are not called');
  }
  return url;
}

/** A literal address is never looked up, so it is checked here. */
function checkLiteral(url: URL, policy: AddressPolicy): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !policy.allows(host)) throw addressRefusal(host, host);
}

function createAgent(connectTimeoutMs: number, lookup: LookupFunction): Agent {
  return new Agent({
    connect: buildConnector({ timeout: connectTimeoutMs, lookup, allowH2: false }),
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    keepAliveTimeout: KEEP_ALIVE_MS,
    allowH2: false,
    // One deadline spans the whole call; undici's own would cut long polls.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** What is looked at before a connection to a host that a stranger named. */
interface AddressChecks {
  readonly policy: AddressPolicy;
  readonly onResolved: GuardOptions['onResolved'];
}

/**
 * The look-up of the socket itself: it connects to the addresses that were checked, whatever the name resolves to a
 * moment later. One address that may not be called condemns the name.
 */
function lookupWith(resolve: Resolve, checks?: AddressChecks): LookupFunction {
  const find = async (host: string): Promise<{ address: string; family: number }[]> => {
    const addresses = await resolve(host);
    if (addresses.length === 0) throw new Error(`${host} has no address`);
    if (checks !== undefined) {
      const refused = addresses.find(({ address }) => !checks.policy.allows(address));
      if (refused !== undefined) throw addressRefusal(host, refused.address);
      checks.onResolved?.(
        host,
        addresses.map(({ address }) => address),
      );
    }
    return [...addresses];
  };
  return (host, { all }, callback) => {
    find(host).then(
      (found) => (all === true ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family)),
      (error: Error) => callback(error, ''),
    );
  };
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value = '']) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(entries);
}
