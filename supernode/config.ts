// What an operator can set for a supernode, and what must fit together.

import { UsageError } from '../shared/errors.ts';
import { operatorOptions } from '../shared/http/operator-options.ts';
import { checkProxies, checkPublicUrls, keepingOptions, listeningOptions } from '../shared/http/service-options.ts';
import { findingOptions, readDhtWish } from '../shared/network/finding-options.ts';
import { readSupernodes } from '../shared/network/named-supernode.ts';
import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import { MAX_FOLLOWED } from './directory/following.ts';
import { healingOptions } from './healing-options.ts';

export const supernodeOptions = defineOptions({
  command: 'anatomic supernode',
  summary: 'Runs a supernode: it knows which node carries which torrent and sends clients there.',
  options: {
    ...listeningOptions('supernode', 6970),
    ...findingOptions(
      'Federation',
      `Another supernode to exchange records with, up to ${MAX_FOLLOWED}; those that it knows are found as well.`,
    ),
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
    database: {
      kind: 'text',
      isSecret: true,
      valueName: 'URL',
      group: 'Service',
      help: 'PostgreSQL for the records, as postgres://USER:PASSWORD@HOST/NAME: for several processes with one key. Needs --public-url. Other users of the machine can read flags: better in the environment or a file.',
    },
    ...keepingOptions('supernode', 'the key and, without --database, the records'),
  },
});

const POSTGRES_PROTOCOLS: ReadonlySet<string> = new Set(['postgres:', 'postgresql:']);

export type SupernodeConfig = ConfigOf<typeof supernodeOptions>;

/** Throws a UsageError for options that do not fit together. */
export function checkConfig(config: SupernodeConfig): void {
  readSupernodes(config.supernode, MAX_FOLLOWED);
  readDhtWish(config);
  checkPublicUrls(config.publicUrl);
  checkProxies(config);
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
