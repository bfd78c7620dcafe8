// What of a node stays the same whatever it is reached by: its key, its tracker, and its database with what was planted.

import { join } from 'node:path';
import { PublicError, UsageError } from '../shared/errors.ts';
import { isDiskFault, reasonOf } from '../shared/platform/database.ts';
import { loadOrCreateSigner } from '../shared/platform/keys.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import { appoint, type Operator } from '../shared/protocol/records/operator.ts';
import type { Signer } from '../shared/protocol/records/record.ts';
import { type NodeConfig, trackerOptions } from './config.ts';
import { loadAddon } from './native/addon.ts';
import { Holdings } from './store/holdings.ts';
import { NodeStore } from './store/node-store.ts';
import { Tracker } from './tracker/tracker.ts';

export interface Core {
  readonly signer: Signer;
  readonly operator: Operator | undefined;
  readonly store: NodeStore;
  readonly tracker: Tracker;
  readonly holdings: Holdings;
}

/** Throws a UsageError for a configuration that does not suit what is there, an Error for a key or database that is of no use. */
export async function openCore(config: NodeConfig, random: Random, log: Log): Promise<Core> {
  const signer = await loadOrCreateSigner(join(config.dataDirectory, 'key.pem'));
  const { operatorKey } = config;
  const operator = operatorKey === undefined ? undefined : appoint(signer.id, await loadOrCreateSigner(operatorKey));
  const tracker = new Tracker(trackerOptions(config), random);
  const warn = (err: unknown): void => log.warn({ err }, 'the native addon cannot be used: JavaScript does its work');
  const addon = config.native ? loadAddon(warn) : undefined;
  // Of a UDP announce 3 % less CPU with 500 000 peers.
  for (const { buffer } of tracker.arrays) addon?.preferHugePages(buffer);
  try {
    return { signer, operator, tracker, ...openHoldings(config, tracker, log) };
  } catch (error) {
    throw startFailure(config, error);
  }
}

/** What to tell the operator when a start fails, for a database that was opened and turned out to be of no use too. */
export function startFailure({ dataDirectory }: NodeConfig, error: unknown): unknown {
  const cause = error instanceof PublicError ? error.cause : error;
  if (!isDiskFault(cause)) return error;
  return new Error(`cannot use database ${databaseIn(dataDirectory)}: ${reasonOf(cause)}`, { cause });
}

function openHoldings(config: NodeConfig, tracker: Tracker, log: Log): Pick<Core, 'store' | 'holdings'> {
  const { dataDirectory, maxTorrents } = config;
  const store = new NodeStore(databaseIn(dataDirectory), {
    onLost: (err) => log.error({ err }, 'the database cannot be written: nothing can be planted here'),
    onFound: () => log.info('the database can be written again'),
  });
  try {
    return { store, holdings: new Holdings(store, tracker, { maxPlants: maxTorrents }) };
  } catch (error) {
    store.close();
    if (!(error instanceof PublicError)) throw error;
    throw new UsageError(`${dataDirectory} holds more torrents than --max-torrents ${maxTorrents} allows`);
  }
}

function databaseIn(dataDirectory: string): string {
  return join(dataDirectory, 'node.sqlite');
}
