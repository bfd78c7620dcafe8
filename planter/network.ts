// The network as a planter sees it: supernodes that allocate and take note, nodes that carry.

import type { Allocation } from '../shared/http/supernode-client.ts';
import type { FoundTorrent } from '../shared/network/look-up.ts';
import { firstOf, type Identity, type ReachedNetwork, reach } from '../shared/network/reached-network.ts';
import { reasonOf } from '../shared/network/reason.ts';
import type { SupernodeSource } from '../shared/network/supernode-sources.ts';
import type { Supernode } from '../shared/network/supernodes.ts';
import type { RegisterCall } from '../shared/protocol/messages/directory-messages.ts';
import type { PlantCall, PlantItem } from '../shared/protocol/messages/node-messages.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';

/** A node as a supernode introduces it. */
export interface OfferedNode {
  readonly id: Id;
  readonly urls: readonly string[];
  /** Its node record. */
  readonly record: Uint8Array;
}

/** Where one hash may be planted. */
export interface Offer {
  readonly infoHash: InfoHash;
  /** The allocation record, to be shown to the nodes. */
  readonly allocation: Uint8Array;
  /** Best first, spares last. */
  readonly nodes: readonly OfferedNode[];
}

export interface Registration {
  readonly registered: readonly Supernode[];
  /** One line for each supernode that failed. */
  readonly failures: readonly string[];
}

/** What planting needs of the network. */
export interface PlantNetwork {
  /** At least one, in the order of preference. */
  readonly supernodes: readonly Supernode[];
  /** Whether it is worth remembering for other torrents. */
  readonly isLasting: boolean;
  /** Carriers and live plants, as these supernodes know them, or all; one item per hash. Throws PublicError when none answers. */
  lookUp(hashes: readonly InfoHash[], supernodes?: readonly Supernode[]): Promise<readonly FoundTorrent[]>;
  allocate(infoHash: InfoHash, copies: number): Promise<Offer>;
  /** Tries each URL of the node; says which one answered. */
  plant(node: OfferedNode, call: PlantCall): Promise<{ readonly url: string; readonly items: readonly PlantItem[] }>;
  /** Tells up to MAX_REGISTRATIONS supernodes, those that answer first, then those that they introduce. */
  register(call: RegisterCall): Promise<Registration>;
  /** Supernodes that those know and that answer. */
  introduced(): Promise<readonly Supernode[]>;
  close(): Promise<void>;
}

/** One that is kept for the torrents of a batch. */
export interface LastingNetwork extends PlantNetwork {
  /** The same for another key, over the same connections; one for each key. */
  as(identity: Identity): LastingNetwork;
}

export const MAX_REGISTRATIONS = 3;

/** Throws PublicError 'no-supernode' when no supernode of the source answers. */
export async function connect(source: SupernodeSource, identity: Identity): Promise<LastingNetwork> {
  return new Network(await reach(source, identity), new Map());
}

class Network implements LastingNetwork {
  readonly #reached: ReachedNetwork;
  /** By key: what was planted through one is read back together. */
  readonly #byKey: Map<Id, Network>;

  constructor(reached: ReachedNetwork, byKey: Map<Id, Network>) {
    this.#reached = reached;
    this.#byKey = byKey.set(reached.identity.signer.id, this);
  }

  as(identity: Identity): Network {
    return this.#byKey.get(identity.signer.id) ?? new Network(this.#reached.as(identity), this.#byKey);
  }

  get supernodes(): readonly Supernode[] {
    return this.#reached.supernodes;
  }

  get isLasting(): boolean {
    return this.#reached.source.isLasting;
  }

  lookUp(hashes: readonly InfoHash[], supernodes?: readonly Supernode[]): Promise<FoundTorrent[]> {
    return this.#reached.lookUp(hashes, supernodes);
  }

  async allocate(infoHash: InfoHash, copies: number): Promise<Offer> {
    const { client } = this.#reached;
    return this.#reached.ask(async ({ url, id }) => offerOf(await client.allocate(url, id, { infoHash, copies })));
  }

  async plant(node: OfferedNode, call: PlantCall): Promise<{ url: string; items: readonly PlantItem[] }> {
    const { nodes } = this.#reached;
    return firstOf(node.urls, async (url) => ({ url, items: (await nodes.plant(url, node.id, call)).items }));
  }

  async register(call: RegisterCall): Promise<Registration> {
    const registered: Supernode[] = [];
    const failures: string[] = [];
    const attempt = async (supernode: Supernode): Promise<void> => {
      try {
        const { items } = await this.#reached.client.register(supernode.url, supernode.id, call);
        const refused = items.find((item) => item.status === 'refused');
        if (refused === undefined) registered.push(supernode);
        else failures.push(`${supernode.url} refuses: ${refused.code ?? 'no reason given'}`);
      } catch (error) {
        failures.push(reasonOf(error));
      }
    };
    await Promise.all(this.supernodes.slice(0, MAX_REGISTRATIONS).map(attempt));
    const others = registered.length < MAX_REGISTRATIONS ? await this.#others() : [];
    for (const supernode of others) if (registered.length < MAX_REGISTRATIONS) await attempt(supernode);
    const order = [...this.supernodes, ...others];
    return { registered: order.filter((supernode) => registered.includes(supernode)), failures };
  }

  introduced(): Promise<Supernode[]> {
    return this.#reached.strangers();
  }

  close(): Promise<void> {
    return this.#reached.close();
  }

  /** Supernodes not told yet: of those named the rest, then those that they introduce. */
  async #others(): Promise<Supernode[]> {
    return [...this.supernodes.slice(MAX_REGISTRATIONS), ...(await this.introduced())];
  }
}

function offerOf({ allocation, nodes }: Allocation): Offer {
  return {
    infoHash: allocation.value.infoHash,
    allocation: allocation.record.bytes,
    nodes: nodes.map(({ record, value }) => ({ id: record.author, urls: value.urls, record: record.bytes })),
  };
}
