// Asks domains again and again which supernodes they name: those may move, and come and go.

import { every, type Repetition } from '../platform/every.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { type NamedSupernode, supernodesOf } from './dns-supernodes.ts';

export interface NamingOptions {
  readonly domains: readonly string[];
  /** Told each time of each. */
  readonly onNamed: (named: NamedSupernode, domain: string) => void;
  readonly random: Random;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Asks the domain name system unless a test hands in another. */
  readonly find?: typeof supernodesOf;
}

/** A failure is tried again as often. */
const INTERVAL_MS = 600_000;

/** Starts at once. */
export function startNaming({ domains, onNamed, random, log, find = supernodesOf }: NamingOptions): Repetition {
  const ask = async (domain: string, signal: AbortSignal): Promise<void> => {
    try {
      const found = await find(domain);
      if (!signal.aborted) for (const named of found) onNamed(named, domain);
    } catch (error) {
      log.warn({ err: error, domain }, 'the domain names no supernodes');
    }
  };
  return every({
    intervalMs: INTERVAL_MS,
    jitter: 0.1,
    random,
    startNow: true,
    task: async (signal) => {
      // Nobody need wait for an answer in order to stop.
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await Promise.race([stopped, Promise.all(domains.map((domain) => ask(domain, signal)))]);
    },
    onError: (error) => log.error({ err: error }, 'asking domains failed'),
  });
}
