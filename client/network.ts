// The network as a client sees it: supernodes that say who carries what. Those that answer are remembered for the next time.

import { type NetworkWish, sourcesFor } from '../shared/network/network-options.ts';
import { NetworkPool } from '../shared/network/network-pool.ts';
import { type Identity, type ReachedNetwork, reach } from '../shared/network/reached-network.ts';
import type { TorrentArgument } from '../shared/network/torrent-argument.ts';

export class ClientNetwork {
  readonly #wish: NetworkWish;
  readonly #identity: Identity;
  readonly #pool: NetworkPool<ReachedNetwork>;

  /** Nobody is waited for after the signal. */
  constructor(wish: NetworkWish, identity: Identity, signal?: AbortSignal) {
    this.#wish = wish;
    this.#identity = identity;
    this.#pool = new NetworkPool((source, asker) => reach(source, asker, signal));
  }

  /** The one that knows the torrent, else the first that answers; it is closed with this. Throws PublicError. */
  async reach({ hints, hashes }: Pick<TorrentArgument, 'hints' | 'hashes'>): Promise<ReachedNetwork> {
    const network = await this.#pool.reach(await sourcesFor(this.#wish, hints), this.#identity, hashes);
    // Not to remember costs no more than time.
    if (network.source.isLasting) await this.#wish.memory.remember(network.supernodes).catch(() => undefined);
    return network;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
