// Reads what other processes have written into the same database: at a hint, and every so often in case hints are lost.

import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { Ledger } from '../store/ledger.ts';
import type { RecordStore } from '../store/record-store.ts';

export interface TailOptions {
  readonly ledger: Pick<Ledger, 'catchUp'>;
  readonly store: Pick<RecordStore, 'onHint'>;
  readonly random: Random;
  readonly log: Log;
}

const LOOK_EVERY_MS = 500;

export function startTail({ ledger, store, random, log }: TailOptions): Pick<Repetition, 'stop'> {
  let isLost = false;
  const task = async (): Promise<void> => {
    await ledger.catchUp();
    if (isLost) log.info('the database is back');
    isLost = false;
  };
  const onError = (error: unknown): void => {
    if (!isLost) log.error({ err: error }, 'the database is out of reach: answering from memory, refusing what is new');
    isLost = true;
  };
  const looking = every({ intervalMs: LOOK_EVERY_MS, jitter: 0.25, random, task, onError });
  const endHints = store.onHint(() => void looking.runNow());
  const stop = async (): Promise<void> => {
    endHints();
    await looking.stop();
  };
  return { stop };
}
