// What an operator can set for a supernode, and what must fit together.

import { PublicError, UsageError } from '../shared/errors.ts';
import { operatorOptions } from '../shared/http/operator-options.ts';
import { LOG_LEVELS } from '../shared/platform/log.ts';
import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import { parseBaseUrl } from '../shared/protocol/message-fields.ts';
import { MAX_BASE_URLS } from '../shared/protocol/statements.ts';
import { MAX_FOLLOWED } from './directory/following.ts';
import { healingOptions } from './healing-options.ts';

export const supernodeOptions = defineOptions({
  command: 'anatomic supernode',
  summary: 'Runs a supernode: it knows which node carries which torrent and sends clients there.',
  options: {
    httpPort: { kind: 'port', default: 6970, group: 'Network', help: 'TCP port; 0 takes a free one.' },
    host: {
      kind: 'text',
      group: 'Network',
      valueName: 'ADDRESS',
      help: 'Address to listen on. All IPv4 and IPv6 addresses when left out.',
    },
    publicUrl: {
      kind: 'url',
      isRepeatable: true,
      group: 'Network',
      help: `Where the world reaches this supernode, as http://tracker.example:6970; up to ${MAX_BASE_URLS}. Taken from --host when left out.`,
    },
    trustedProxy: {
      kind: 'cidr',
      isRepeatable: true,
      group: 'Network',
      help: 'Network of a proxy whose X-Forwarded-For is believed.',
    },
    supernode: {
      kind: 'url',
      isRepeatable: true,
      group: 'Federation',
      help: `Another supernode to exchange records with, up to ${MAX_FOLLOWED}; those that it knows are found as well.`,
    },
    network: {
      kind: 'text',
      isRepeatable: true,
      valueName: 'DOMAIN',
      group: 'Federation',
      help: 'Domain whose TXT records at _anatomic.DOMAIN name supernodes to exchange records with.',
    },
    allowNetwork: {
      kind: 'cidr',
      isRepeatable: true,
      group: 'Federation',
      help: 'Network that may be called although it is not public, as 10.0.0.0/8 on a LAN.',
    },
    probeInterval: {
      kind: 'duration',
      default: '5s',
      min: '50ms',
      max: '60s',
      group: 'Federation',
      help: 'Time between two pings of a node that answers; how long a dead node may go unnoticed.',
    },
    syncInterval: {
      kind: 'duration',
      default: '10m',
      min: '100ms',
      max: '1d',
      group: 'Federation',
      help: 'Time between two comparisons of all plants with those of another supernode, picked at random.',
    },
    ...healingOptions,
    ...operatorOptions,
    dataDirectory: {
      kind: 'path',
      default: './data/supernode',
      group: 'Service',
      help: 'Holds the key and, without --database, the records.',
    },
    database: {
      kind: 'text',
      isSecret: true,
      valueName: 'URL',
      group: 'Service',
      help: 'PostgreSQL for the records, as postgres://USER:PASSWORD@HOST/NAME: for several processes with one key. Needs --public-url. Other users of the machine can read flags: better in the environment or a file.',
    },
    grace: {
      kind: 'duration',
      default: '10s',
      min: '100ms',
      max: '10m',
      group: 'Service',
      help: 'Time that a stop waits for requests in progress.',
    },
    logLevel: {
      kind: 'choice',
      choices: LOG_LEVELS,
      default: 'info',
      group: 'Service',
      help: 'The least important messages that are logged.',
    },
  },
});

const POSTGRES_PROTOCOLS: ReadonlySet<string> = new Set(['postgres:', 'postgresql:']);

export type SupernodeConfig = ConfigOf<typeof supernodeOptions>;

/** Throws a UsageError for options that do not fit together. */
export function checkConfig(config: SupernodeConfig): void {
  checkUrls('--supernode', config.supernode, MAX_FOLLOWED);
  checkUrls('--public-url', config.publicUrl, MAX_BASE_URLS);
  checkDatabase(config);
}

function checkDatabase({ database, publicUrl }: SupernodeConfig): void {
  if (database === undefined) return;
  if (!POSTGRES_PROTOCOLS.has(URL.parse(database)?.protocol ?? ''))
    throw new UsageError('--database is not a URL such as postgres://user@host/name');
  if (publicUrl.length === 0) {
    throw new UsageError('--database needs --public-url: all processes that share it are reached by the same URLs');
  }
}

function checkUrls(flag: string, urls: readonly string[], max: number): void {
  if (urls.length > max) throw new UsageError(`${flag} is given ${urls.length} times, at most ${max} are used`);
  for (const url of urls) {
    try {
      parseBaseUrl(url);
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      throw new UsageError(`${flag} ${url}: ${error.message}`);
    }
  }
}
