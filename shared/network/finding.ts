// A service that runs for long goes on looking for supernodes, however many it knows: domains and the DHT are asked again
// and again, since supernodes move, come and go.

import type { SupernodeClient } from '../http/supernode-client.ts';
import { every, type Repetition } from '../platform/every.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { Dht, type DhtWish } from './dht.ts';
import { hintsInDht, meetingPoints } from './dht-supernodes.ts';
import { supernodesOf } from './dns-supernodes.ts';
import type { NamedSupernode } from './named-supernode.ts';
import { pingSupernode } from './supernodes.ts';

export interface FindingOptions {
  readonly domains: readonly string[];
  /** undefined: the DHT is not asked. */
  readonly dht: DhtWish | undefined;
  /** TCP port under which the DHT shall name this service, a supernode that answers over HTTP there; undefined: it shall not. */
  readonly announcedPort?: number | undefined;
  /** Told each time of each; `origin` is the domain, or FROM_DHT of one that has answered a signed ping. */
  readonly onFound: (supernode: NamedSupernode, origin: string) => Promise<void> | void;
  readonly client: Pick<SupernodeClient, 'ping'>;
  readonly random: Random;
  readonly log: Pick<Log, 'info' | 'warn' | 'debug' | 'error'>;
  /** The domain name system and the Mainline DHT, unless a test hands in others. */
  readonly find?: typeof supernodesOf;
  readonly openDht?: (wish: DhtWish) => Promise<Pick<Dht, 'find' | 'announce' | 'close'>>;
}

export interface Finding {
  /** Asks everybody now, or once more after the round in progress. */
  runNow(): Promise<void>;
  stop(): Promise<void>;
}

/** The origin of supernodes found in the DHT; no domain has a space in its name. */
export const FROM_DHT = 'the DHT';
/** A failure is tried again as often. */
const DOMAINS_INTERVAL_MS = 600_000;
/** Some hundred datagrams each time. */
const DHT_INTERVAL_MS = 120_000;

/** Starts at once. */
export function startFinding(options: FindingOptions): Finding {
  const dht = options.dht === undefined ? undefined : new DhtRounds(options, options.dht);
  const naming = repeat(options, DOMAINS_INTERVAL_MS, (signal) => askDomains(options, signal));
  const meeting = dht && repeat(options, DHT_INTERVAL_MS, (signal) => dht.run(signal));
  return {
    runNow: async () => {
      await Promise.all([naming.runNow(), meeting?.runNow()]);
    },
    stop: async () => {
      const stopped = Promise.all([naming.stop(), meeting?.stop()]);
      await dht?.close();
      await stopped;
    },
  };
}

function repeat(
  { random, log }: FindingOptions,
  intervalMs: number,
  task: (signal: AbortSignal) => Promise<void>,
): Repetition {
  const onError = (error: unknown): void => log.error({ err: error }, 'looking for supernodes failed');
  return every({ intervalMs, jitter: 0.1, random, startNow: true, task, onError });
}

async function askDomains(options: FindingOptions, signal: AbortSignal): Promise<void> {
  const { domains, onFound, log, find = supernodesOf } = options;
  const ask = async (domain: string): Promise<void> => {
    try {
      const found = await find(domain);
      for (const named of found) if (!signal.aborted) await onFound(named, domain);
    } catch (error) {
      log.warn({ err: error, domain }, 'the domain names no supernodes');
    }
  };
  // Nobody need wait for an answer in order to stop.
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await Promise.race([stopped, Promise.all(domains.map(ask))]);
}

/** Rounds through the DHT: it is opened by the first, and stays open, since others ask this node as well. */
class DhtRounds {
  readonly #options: FindingOptions;
  readonly #wish: DhtWish;
  #dht: Pick<Dht, 'find' | 'announce' | 'close'> | undefined;

  constructor(options: FindingOptions, wish: DhtWish) {
    this.#options = options;
    this.#wish = wish;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { domains, random, announcedPort, openDht = Dht.open } = this.#options;
    this.#dht ??= await openDht(this.#wish);
    if (signal.aborted) return this.close();
    const hints = await hintsInDht(this.#dht, domains, { ...this.#wish, random });
    if (announcedPort !== undefined) await this.#announce(announcedPort, signal);
    // One after the other, and none twice in a round: whatever stands in the DHT, nobody is called often.
    for (const hint of hints) if (!signal.aborted) await this.#try(hint, signal);
  }

  async close(): Promise<void> {
    await this.#dht?.close();
  }

  async #announce(port: number, signal: AbortSignal): Promise<void> {
    for (const hash of meetingPoints(this.#options.domains)) {
      if (signal.aborted) return;
      const count = (await this.#dht?.announce(hash, port)) ?? 0;
      this.#options.log.debug({ port, nodes: count }, 'announced in the DHT');
    }
  }

  async #try(hint: NamedSupernode, signal: AbortSignal): Promise<void> {
    const { client, onFound, log } = this.#options;
    try {
      const { id, url } = await pingSupernode(hint, client, signal);
      if (!signal.aborted) await onFound({ id, url }, FROM_DHT);
    } catch (error) {
      if (!signal.aborted) log.debug({ err: error, url: hint.url }, 'a hint of the DHT is no supernode');
    }
  }
}
