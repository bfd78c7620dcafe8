// A node of the Mainline DHT (BEP 5), IPv4: who announced themselves under a hash, and announcing ourselves. The one door
// to the package `bittorrent-dht`, which is loaded when it is asked for.

import type DHT from 'bittorrent-dht';
import { PublicError } from '../errors.ts';
import { createAddressPolicy } from '../http/address-policy.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { InfoHash } from '../protocol/torrent/info-hash.ts';
import { DhtSocket } from './dht-socket.ts';

/** An IPv4 address (or, of a node to begin with, a host name) and a port. */
export interface DhtEndpoint {
  readonly host: string;
  readonly port: number;
}

export interface DhtWish {
  /** UDP; 0: a free one. */
  readonly port: number;
  /** Address to listen on; undefined: every one. */
  readonly host?: string | undefined;
  /** Nodes to begin with, which may be anywhere; undefined: the public ones. */
  readonly bootstrap: readonly DhtEndpoint[] | undefined;
  /** Networks (CIDR) that may be called although they are not public. */
  readonly allowNetworks: readonly string[];
}

/** Of one look-up; the rest is not heard. */
export const MAX_FOUND = 256;
/** Of one node's answers: one that lies cannot fill everything. */
export const MAX_FOUND_PER_NODE = 16;
const LOOKUP_TIMEOUT_MS = 15_000;
const ANNOUNCE_TIMEOUT_MS = 10_000;
/** Kept for others. The package answers with all of one hash: so many fit one datagram. */
const MAX_STORED_PEERS = 75;
/** BEP 5 asks for a new announce after 15 minutes or so. */
const STORED_PEER_MS = 30 * 60_000;
const MAX_TABLES = 32;

/** A socket that calls public addresses, those allowed, and the nodes to begin with. */
export function createDhtSocket({ allowNetworks, bootstrap }: DhtWish, clock: Clock): DhtSocket {
  const policy = createAddressPolicy(allowNetworks);
  const named = new Set(bootstrap?.map(({ host }) => host));
  return new DhtSocket({ mayCall: (address) => policy.allows(address) || named.has(address), clock });
}

export class Dht {
  readonly #client: DHT;
  /** Ends what is waited for. */
  readonly #closing = new AbortController();

  private constructor(client: DHT) {
    this.#client = client;
  }

  /** Resolves when it listens; rejects with the system's error when it cannot. */
  static async open(wish: DhtWish, clock: Clock = systemClock): Promise<Dht> {
    const { default: Client } = await import('bittorrent-dht');
    const { bootstrap } = wish;
    const client = new Client({
      socket: createDhtSocket(wish, clock),
      maxPeers: MAX_STORED_PEERS,
      maxAge: STORED_PEER_MS,
      maxTables: MAX_TABLES,
      ...(bootstrap === undefined ? {} : { bootstrap }),
    });
    try {
      await new Promise<void>((resolve, reject) => {
        client.once('listening', resolve);
        // Stays: an error that nobody hears ends the process.
        client.on('error', reject);
        client.listen(wish.port, wish.host);
      });
    } catch (cause) {
      client.destroy(() => undefined);
      const { message } = cause as Error;
      throw new PublicError('dht', `the DHT cannot listen on UDP port ${wish.port}: ${message}`, { cause });
    }
    return new Dht(client);
  }

  /** UDP. */
  get port(): number {
    return this.#client.address().port;
  }

  /** At most MAX_FOUND of those who announced themselves under a hash, within LOOKUP_TIMEOUT_MS. Never rejects. */
  async find(infoHash: InfoHash): Promise<DhtEndpoint[]> {
    const found = new Map<string, DhtEndpoint>();
    const counts = new Map<string, number>();
    const enough = Promise.withResolvers<void>();
    const onPeer = ({ host, port }: DhtEndpoint, hash: Buffer, from: { readonly address?: string } | null): void => {
      const teller = from?.address ?? '';
      const count = counts.get(teller) ?? 0;
      if (hash.toString('hex') !== infoHash || count >= MAX_FOUND_PER_NODE) return;
      counts.set(teller, count + 1);
      found.set(`${host}:${port}`, { host, port });
      if (found.size >= MAX_FOUND) enough.resolve();
    };
    this.#client.on('peer', onPeer);
    const ended = Promise.withResolvers<void>();
    const end = this.#client.lookup(infoHash, () => ended.resolve());
    await this.#within(LOOKUP_TIMEOUT_MS, Promise.race([enough.promise, ended.promise]));
    end();
    this.#client.off('peer', onPeer);
    return [...found.values()];
  }

  /** Announces TCP `port` of this machine under a hash that was just looked for; says how many nodes took note. Never rejects. */
  async announce(infoHash: InfoHash, port: number): Promise<number> {
    const told = new Promise<number>((resolve) => {
      this.#client.announce(infoHash, port, (error, count = 0) => resolve(error === null ? count : 0));
    });
    return (await this.#within(ANNOUNCE_TIMEOUT_MS, told)) ?? 0;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await new Promise<void>((resolve) => this.#client.destroy(resolve));
  }

  /** undefined when the time is over, or the DHT closed, before. */
  async #within<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
    const over = Promise.withResolvers<undefined>();
    const stop = (): void => over.resolve(undefined);
    const timer = setTimeout(stop, timeoutMs);
    this.#closing.signal.addEventListener('abort', stop, { once: true });
    try {
      return this.#closing.signal.aborted ? undefined : await Promise.race([work, over.promise]);
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', stop);
    }
  }
}
