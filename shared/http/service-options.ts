// The options that every service has: where it listens and is reached, what it keeps, how it stops and logs.

import { PublicError, UsageError } from '../errors.ts';
import { LOG_LEVELS } from '../platform/log.ts';
import type { OptionSpecs } from '../platform/option-table.ts';
import { parseBaseUrl } from '../protocol/records/message-fields.ts';
import { MAX_BASE_URLS } from '../protocol/records/statements.ts';

/** `role` as in 'node'. */
export function listeningOptions(role: string, httpPort: number) {
  const group = 'Network';
  return {
    httpPort: { kind: 'port', default: httpPort, group, help: 'TCP port; 0 takes a free one.' },
    host: {
      kind: 'text',
      group,
      valueName: 'ADDRESS',
      help: 'Address to listen on. All IPv4 and IPv6 addresses when left out.',
    },
    publicUrl: {
      kind: 'url',
      isRepeatable: true,
      group,
      help: `Where the world reaches this ${role}, as http://tracker.example:${httpPort}; up to ${MAX_BASE_URLS}. Taken from --host when left out.`,
    },
    trustedProxy: {
      kind: 'cidr',
      isRepeatable: true,
      group,
      help: 'Network of a proxy whose X-Forwarded-For is believed.',
    },
    proxyProtocol: {
      kind: 'boolean',
      group,
      help: 'Trusted proxies begin connections over TCP with a header of the PROXY protocol, version 1 or 2, before TLS.',
    },
  } as const satisfies OptionSpecs;
}

/** `held` says what the data directory holds. */
export function keepingOptions(role: string, held: string) {
  const group = 'Service';
  return {
    dataDirectory: {
      kind: 'path',
      default: `./data/${role}`,
      group,
      help: `Holds ${held}.`,
    },
    grace: {
      kind: 'duration',
      default: '10s',
      min: '100ms',
      max: '10m',
      group,
      help: 'Time that a stop waits for requests in progress.',
    },
    logLevel: {
      kind: 'choice',
      choices: LOG_LEVELS,
      default: 'info',
      group,
      help: 'The least important messages that are logged.',
    },
  } as const satisfies OptionSpecs;
}

/** Throws a UsageError when nobody is named of whom headers of the PROXY protocol would be believed. */
export function checkProxies(config: {
  readonly proxyProtocol: boolean;
  readonly trustedProxy: readonly string[];
}): void {
  if (config.proxyProtocol && config.trustedProxy.length === 0) {
    throw new UsageError('--proxy-protocol needs --trusted-proxy: headers are taken from those proxies alone');
  }
}

/** Throws a UsageError for too many, and for what others could not call. */
export function checkPublicUrls(urls: readonly string[]): void {
  if (urls.length > MAX_BASE_URLS) {
    throw new UsageError(`--public-url is given ${urls.length} times, at most ${MAX_BASE_URLS} are used`);
  }
  for (const url of urls) {
    try {
      parseBaseUrl(url);
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      throw new UsageError(`--public-url ${url}: ${error.message}`);
    }
  }
}
