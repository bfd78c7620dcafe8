// Networks that were reached, kept for the next torrent: a batch pings its supernodes once.

import type { Identity } from '../shared/network/reached-network.ts';
import type { SupernodeSource } from '../shared/network/supernode-sources.ts';
import type { PlantNetwork } from './network.ts';

export type Connect = (sources: readonly SupernodeSource[], identity: Identity) => Promise<PlantNetwork>;

export class NetworkPool {
  readonly #connect: Connect;
  readonly #networks = new Map<string, Promise<PlantNetwork>>();

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /** The same network for the same sources and key; one that could not be reached is tried again. */
  reach(sources: readonly SupernodeSource[], identity: Identity): Promise<PlantNetwork> {
    const key = JSON.stringify([identity.signer.id, sources]);
    const known = this.#networks.get(key);
    if (known !== undefined) return known;
    const network = this.#connect(sources, identity);
    this.#networks.set(key, network);
    network.catch(() => this.#networks.delete(key));
    return network;
  }

  async close(): Promise<void> {
    const networks = await Promise.allSettled(this.#networks.values());
    this.#networks.clear();
    await Promise.all(networks.map((network) => (network.status === 'fulfilled' ? network.value.close() : undefined)));
  }
}
