// What a supernode is before it can be reached: its key, what it knows, and the database behind that.

import { join } from 'node:path';
import type { Clock } from '../shared/platform/clock.ts';
import { every, type Repetition } from '../shared/platform/every.ts';
import { loadOrCreateSigner } from '../shared/platform/keys.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import type { Id, Signer } from '../shared/protocol/records/record.ts';
import type { SupernodeConfig } from './config.ts';
import { Directory } from './directory/directory.ts';
import { DIRECTORY_LIMITS } from './directory/limits.ts';
import type { OwnRecord } from './jobs/own-record.ts';
import { Ledger } from './store/ledger.ts';
import { openPostgresStore, openSqliteStore } from './store/open-store.ts';
import type { RecordStore } from './store/record-store.ts';

export interface Core {
  readonly signer: Signer;
  readonly directory: Directory;
  readonly store: RecordStore;
  readonly ledger: Ledger;
}

/** How often records are looked through for those whose time is over, and the own one for its age. */
const UPKEEP_INTERVAL_MS = 60_000;

/** Rejects for a key or database that cannot be used, and leaves nothing open. */
export async function openCore(config: SupernodeConfig, clock: Clock, random: Random): Promise<Core> {
  const signer = await loadOrCreateSigner(join(config.dataDirectory, 'key.pem'));
  const store = await openStore(config, random);
  try {
    if (store.isShared) await checkOwner(store, signer.id, config.dataDirectory);
    const directory = new Directory(DIRECTORY_LIMITS, random.uint32());
    const ledger = await Ledger.open({ directory, store, clock });
    return { signer, directory, store, ledger };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore({ database, dataDirectory }: SupernodeConfig, random: Random): Promise<RecordStore> {
  if (database !== undefined) return openPostgresStore(database, random);
  return openSqliteStore(join(dataDirectory, 'supernode.sqlite'), random);
}

/** All processes on one database are one supernode, with one key. */
async function checkOwner(store: RecordStore, self: Id, dataDirectory: string): Promise<void> {
  const owner = await store.claim(self);
  if (owner === self) return;
  throw new Error(
    `the database belongs to the supernode ${owner}, and ${join(dataDirectory, 'key.pem')} is the key of ${self}: copy the key.pem of a process that uses the database`,
  );
}

/** Keeps the records of a core young. */
export function startUpkeep({ ledger }: Core, ownRecord: OwnRecord, random: Random, log: Log): Repetition {
  return every({
    intervalMs: UPKEEP_INTERVAL_MS,
    jitter: 0.1,
    random,
    task: async () => {
      await ownRecord.renew();
      await ledger.expire();
    },
    onError: (error) => log.error({ err: error }, 'upkeep failed'),
  });
}
