// Networks that were reached, kept for the next torrent: a batch pings its supernodes once.

import { PublicError } from '../errors.ts';
import type { InfoHash } from '../protocol/torrent/info-hash.ts';
import type { FoundTorrent } from './look-up.ts';
import type { Identity } from './reached-network.ts';
import { reasonOf } from './reason.ts';
import type { SupernodeSource } from './supernode-sources.ts';

interface FailedSearch {
  /** Unix ms. */
  readonly at: number;
  readonly reason: string;
}

const SEARCH_PAUSE_MS = 60_000;

/** What the pool needs of a network. */
export interface PooledNetwork<Self> {
  /** The same for another key, over the same connections. */
  as(identity: Identity): Self;
  /** One item per hash. */
  lookUp(hashes: readonly InfoHash[]): Promise<readonly FoundTorrent[]>;
  close(): Promise<void>;
}

export class NetworkPool<Network extends PooledNetwork<Network>> {
  readonly #open: (source: SupernodeSource, identity: Identity) => Promise<Network>;
  readonly #networks = new Map<string, Promise<Network>>();
  readonly #retired = new Set<Promise<Network>>();
  /** Searches that came to nothing, by what was searched. */
  readonly #failedSearches = new Map<string, FailedSearch>();

  /** `open` throws PublicError when no supernode of the source answers. */
  constructor(open: (source: SupernodeSource, identity: Identity) => Promise<Network>) {
    this.#open = open;
  }

  /**
   * The first network in the order of the sources that has heard of one of the hashes, else the first that answers: the
   * torrent may be of another network than the one used last. Without hashes just the first that answers. Throws
   * PublicError 'no-supernode' that says why none does.
   */
  async reach(
    sources: readonly SupernodeSource[],
    identity: Identity,
    hashes: readonly InfoHash[] = [],
  ): Promise<Network> {
    const failures: string[] = [];
    let first: Network | undefined;
    const isAnyGood = hashes.length === 0 || sources.length === 1;
    for (const source of sources) {
      const failed = this.#justFailed(source, identity);
      if (failed !== undefined) {
        failures.push(failed.reason);
        continue;
      }
      const reached = this.#reachOne(source, identity);
      try {
        const network = (await reached).as(identity);
        if (isAnyGood || (await knows(network, hashes))) return network;
        first ??= network;
      } catch (error) {
        const reason = reasonOf(error);
        failures.push(reason);
        this.#retire(reached);
        const at = identity.clock.now();
        if (source.search !== undefined) this.#failedSearches.set(JSON.stringify(source), { at, reason });
      }
    }
    if (first !== undefined) return first;
    if (failures.length > 0) throw new PublicError('no-supernode', `no supernode answers: ${failures.join('; ')}`);
    throw new PublicError(
      'no-supernode',
      'no supernode is known: name one with --supernode URL, or run `anatomic up` here',
    );
  }

  async close(): Promise<void> {
    const reached = [...this.#networks.values(), ...this.#retired];
    this.#networks.clear();
    await Promise.all(reached.map(async (network) => (await network.catch(() => undefined))?.close()));
  }

  /**
   * The same network for the same source, whatever the key: one for each key of a large batch would have more connections
   * than supernodes grant a client. What a source searches for is said by its origin.
   */
  #reachOne(source: SupernodeSource, identity: Identity): Promise<Network> {
    const key = JSON.stringify(source);
    const known = this.#networks.get(key);
    if (known !== undefined) return known;
    const network = this.#open(source, identity);
    this.#networks.set(key, network);
    return network;
  }

  /** Whoever stands in a DHT or at a domain is not called again for each torrent of a batch. */
  #justFailed(source: SupernodeSource, { clock }: Identity): FailedSearch | undefined {
    const failed = this.#failedSearches.get(JSON.stringify(source));
    return failed !== undefined && clock.now() - failed.at < SEARCH_PAUSE_MS ? failed : undefined;
  }

  /** One that cannot be reached, or no more, is tried anew by the next torrent; it may be in use until the end. */
  #retire(network: Promise<Network>): void {
    for (const [key, kept] of this.#networks) if (kept === network) this.#networks.delete(key);
    this.#retired.add(network);
  }
}

async function knows(network: Pick<PooledNetwork<unknown>, 'lookUp'>, hashes: readonly InfoHash[]): Promise<boolean> {
  const found = await network.lookUp(hashes);
  return found.some(({ carriers, plants }) => carriers.length > 0 || plants.length > 0);
}
