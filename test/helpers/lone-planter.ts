// A planter that asks one supernode and tells that one alone, so that whoever looks on sees how news travel from there.

import { createHash } from 'node:crypto';
import type { Guard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

/** A supernode, and where it is called. */
export interface KnownSupernode {
  readonly baseUrl: string;
  readonly id: Id;
}

export interface LonePlant {
  readonly infoHash: InfoHash;
  /** Nodes that planted it, by id and base URL. */
  readonly carriers: readonly { readonly id: Id; readonly baseUrl: string }[];
}

const TTL_SECONDS = 3600;

export class LonePlanter {
  readonly supernodes: SupernodeClient;
  readonly nodes: NodeClient;
  readonly #signer = createSigner();
  #lastSequence = 0;

  constructor(guard: Guard) {
    const callers = { guard, signer: this.#signer, clock: systemClock, random: systemRandom };
    this.supernodes = new SupernodeClient(callers);
    this.nodes = new NodeClient(callers);
  }

  /** A torrent whose info hash comes of `name`. Throws when a node that was allocated does not take it. */
  async plant(supernode: KnownSupernode, name: string, copies: number): Promise<LonePlant> {
    const infoHash = createHash('sha1').update(name).digest('hex');
    const { baseUrl, id } = supernode;
    const { allocation, nodes } = await this.supernodes.allocate(baseUrl, id, { infoHash, copies });
    const plants = [this.#sign(infoHash, copies)];
    const introduced = nodes.map(({ record }) => record.bytes);
    const call = { plants, allocations: [allocation.record.bytes], carriers: introduced };
    const carriers = nodes
      .slice(0, copies)
      .map(({ record, value }) => ({ id: record.author, baseUrl: value.urls[0]! }));
    const answers = await Promise.all(carriers.map((node) => this.nodes.plant(node.baseUrl, node.id, call)));
    const receipts = answers.flatMap(({ items }) => items[0]?.receipt ?? []);
    if (receipts.length < carriers.length) throw new Error(`${infoHash} was not planted everywhere`);
    await this.supernodes.register(baseUrl, id, { plants, receipts });
    return { infoHash, carriers };
  }

  async uproot(supernode: KnownSupernode, infoHash: InfoHash): Promise<void> {
    const plants = [this.#sign(infoHash, 0)];
    const { items } = await this.supernodes.register(supernode.baseUrl, supernode.id, { plants, receipts: [] });
    if (items[0]?.status !== 'planted') throw new Error(`${infoHash} was not uprooted: ${items[0]?.status}`);
  }

  #sign(infoHash: InfoHash, copies: number): Uint8Array {
    this.#lastSequence = Math.max(this.#lastSequence + 1, Date.now());
    const statement = { infoHash, copies, seq: this.#lastSequence, ttlSeconds: TTL_SECONDS };
    return plantRecord.sign(statement, this.#signer).bytes;
  }
}
