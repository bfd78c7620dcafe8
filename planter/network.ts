// The network as a planter sees it: some supernodes that answer, and the nodes that they name.

import { PublicError } from '../shared/errors.ts';
import { createGuard, type Guard } from '../shared/http/guard.ts';
import { NodeClient } from '../shared/http/node-client.ts';
import { type Allocation, SupernodeClient } from '../shared/http/supernode-client.ts';
import { reasonOf } from '../shared/network/reason.ts';
import type { SupernodeSource } from '../shared/network/supernode-sources.ts';
import { findSupernodes, openGood, type Supernode } from '../shared/network/supernodes.ts';
import type { Clock } from '../shared/platform/clock.ts';
import type { Random } from '../shared/platform/random.ts';
import type { RegisterCall } from '../shared/protocol/directory-messages.ts';
import type { InfoHash } from '../shared/protocol/info-hash.ts';
import type { PlantCall, PlantItem } from '../shared/protocol/node-messages.ts';
import type { Id, Signer } from '../shared/protocol/record.ts';
import { type PlantStatement, plantRecord, supernodeRecord } from '../shared/protocol/statements.ts';

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
  /** The newest live plant of each hash by the planter's own key. */
  ownPlants(hashes: readonly InfoHash[]): Promise<Map<InfoHash, PlantStatement>>;
  allocate(infoHash: InfoHash, copies: number): Promise<Offer>;
  /** Tries each URL of the node; says which one answered. */
  plant(node: OfferedNode, call: PlantCall): Promise<{ readonly url: string; readonly items: readonly PlantItem[] }>;
  /** Tells up to MAX_REGISTRATIONS supernodes, those that answer first, then those that they introduce. */
  register(call: RegisterCall): Promise<Registration>;
  close(): Promise<void>;
}

export interface Identity {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
}

export const MAX_REGISTRATIONS = 3;

/** The first source of which a supernode answers; throws PublicError 'no-supernode' that says why none does. */
export async function connect(sources: readonly SupernodeSource[], identity: Identity): Promise<PlantNetwork> {
  const failures: string[] = [];
  for (const source of sources) {
    const guard = createGuard(source);
    const client = new SupernodeClient({ guard, ...identity });
    const found = await findSupernodes(source.supernodes, client);
    if (found.supernodes.length > 0) return new Network(found.supernodes, client, guard, identity);
    failures.push(...found.failures.map((failure) => `${failure} (${source.origin})`));
    await guard.close();
  }
  if (failures.length > 0) throw new PublicError('no-supernode', `no supernode answers: ${failures.join('; ')}`);
  throw new PublicError(
    'no-supernode',
    'no supernode is known: name one with --supernode URL, or run `anatomic up` here',
  );
}

class Network implements PlantNetwork {
  readonly supernodes: readonly Supernode[];
  readonly #client: SupernodeClient;
  readonly #nodes: NodeClient;
  readonly #guard: Guard;
  readonly #identity: Identity;

  constructor(supernodes: readonly Supernode[], client: SupernodeClient, guard: Guard, identity: Identity) {
    this.supernodes = supernodes;
    this.#client = client;
    this.#nodes = new NodeClient({ guard, ...identity });
    this.#guard = guard;
    this.#identity = identity;
  }

  async ownPlants(hashes: readonly InfoHash[]): Promise<Map<InfoHash, PlantStatement>> {
    const { items } = await this.#ask((supernode) => this.#client.lookup(supernode.url, hashes));
    const own = new Map<InfoHash, PlantStatement>();
    const plants = openGood(
      items.flatMap((item) => item.plants),
      plantRecord,
      this.#identity.clock.now(),
    );
    for (const { record, value } of plants) {
      const isNewer = value.seq > (own.get(value.infoHash)?.seq ?? -1);
      if (record.author === this.#identity.signer.id && value.copies > 0 && isNewer) own.set(value.infoHash, value);
    }
    return own;
  }

  async allocate(infoHash: InfoHash, copies: number): Promise<Offer> {
    return this.#ask(async ({ url, id }) => offerOf(await this.#client.allocate(url, id, { infoHash, copies })));
  }

  async plant(node: OfferedNode, call: PlantCall): Promise<{ url: string; items: readonly PlantItem[] }> {
    return firstOf(node.urls, async (url) => ({ url, items: (await this.#nodes.plant(url, node.id, call)).items }));
  }

  async register(call: RegisterCall): Promise<Registration> {
    const registered: Supernode[] = [];
    const failures: string[] = [];
    const attempt = async (supernode: Supernode): Promise<void> => {
      try {
        const { items } = await this.#client.register(supernode.url, supernode.id, call);
        const refused = items.find((item) => item.status === 'refused');
        if (refused === undefined) registered.push(supernode);
        else failures.push(`${supernode.url} refuses: ${refused.code ?? 'no reason given'}`);
      } catch (error) {
        failures.push(reasonOf(error));
      }
    };
    await Promise.all(this.supernodes.slice(0, MAX_REGISTRATIONS).map(attempt));
    const others = registered.length < MAX_REGISTRATIONS ? await this.#introduced() : [];
    for (const supernode of others) if (registered.length < MAX_REGISTRATIONS) await attempt(supernode);
    const order = [...this.supernodes, ...others];
    return { registered: order.filter((supernode) => registered.includes(supernode)), failures };
  }

  close(): Promise<void> {
    return this.#guard.close();
  }

  /** Asks one supernode after the other until one answers. */
  #ask<T>(question: (supernode: Supernode) => Promise<T>): Promise<T> {
    return firstOf(this.supernodes, question);
  }

  /** Supernodes not asked yet: of those named the rest, then those that the first one knows and that answer. */
  async #introduced(): Promise<Supernode[]> {
    const known = this.supernodes.slice(MAX_REGISTRATIONS);
    const { records } = await this.#ask(({ url }) => this.#client.supernodes(url)).catch(() => ({ records: [] }));
    const strangers = openGood(records, supernodeRecord, this.#identity.clock.now())
      .filter(({ record }) => this.supernodes.every(({ id }) => id !== record.author))
      .map(({ value }) => value.urls[0]!);
    const { supernodes } = await findSupernodes(strangers, this.#client);
    return [...known, ...supernodes];
  }
}

function offerOf({ allocation, nodes }: Allocation): Offer {
  return {
    infoHash: allocation.value.infoHash,
    allocation: allocation.record.bytes,
    nodes: nodes.map(({ record, value }) => ({ id: record.author, urls: value.urls, record: record.bytes })),
  };
}

/** The first success; when there is none, an error that tells every failure. */
async function firstOf<T, R>(candidates: readonly T[], attempt: (candidate: T) => Promise<R>): Promise<R> {
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      return await attempt(candidate);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  throw new PublicError('network', failures.join('; '));
}
