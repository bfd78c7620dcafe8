// A planter that floods: thousands of plants under as many keys as it likes, with proofs that it invents.

import type { Guard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { MAX_PLANTS_PER_CALL, type PlantItem } from '../../shared/protocol/messages/node-messages.ts';
import type { Id, Signer } from '../../shared/protocol/records/record.ts';
import { plantRecord, receiptRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

const HASH_BYTES = 20;
const TTL_SECONDS = 3600;

export interface Target {
  readonly baseUrl: string;
  readonly id: Id;
}

export class FloodingPlanter {
  readonly supernodes: SupernodeClient;
  readonly nodes: NodeClient;
  readonly #accomplice = createSigner();

  constructor(guard: Guard) {
    const callers = { guard, signer: createSigner(), clock: systemClock, random: systemRandom };
    this.supernodes = new SupernodeClient(callers);
    this.nodes = new NodeClient(callers);
  }

  /** Registers torrents of which a node that nobody knows says that it carries them; each under a key of its own, or one for all. */
  async registerInvented({ baseUrl, id }: Target, calls: number, key?: Signer): Promise<Set<string>> {
    return this.#flood(calls, async (hashes) => {
      const plants = hashes.map((infoHash) => this.plant(infoHash, key ?? createSigner()));
      const receipts = hashes.map((infoHash) => this.#receipt(infoHash));
      return (await this.supernodes.register(baseUrl, id, { plants, receipts })).items;
    });
  }

  /** Plants torrents on a node with an allocation that a supernode has made for another one. */
  async plantElsewhere(node: Target, allocation: Uint8Array, calls: number): Promise<Set<string>> {
    return this.#flood(calls, async (hashes) => {
      const plants = hashes.map((infoHash) => this.plant(infoHash, createSigner()));
      return (await this.nodes.plant(node.baseUrl, node.id, { plants, allocations: [allocation], carriers: [] })).items;
    });
  }

  plant(infoHash: InfoHash, key: Signer, copies = 2): Uint8Array {
    return plantRecord.sign({ infoHash, copies, seq: Date.now(), ttlSeconds: TTL_SECONDS }, key).bytes;
  }

  #receipt(infoHash: InfoHash): Uint8Array {
    const statement = { infoHash, epoch: '00'.repeat(8), change: 1, seq: Date.now(), ttlSeconds: TTL_SECONDS };
    return receiptRecord.sign(statement, this.#accomplice).bytes;
  }

  /** All different answers: a status, or why it was refused. */
  async #flood(
    calls: number,
    call: (hashes: readonly InfoHash[]) => Promise<readonly PlantItem[]>,
  ): Promise<Set<string>> {
    const answers = new Set<string>();
    for (let n = 0; n < calls; n++) {
      const hashes = Array.from({ length: MAX_PLANTS_PER_CALL }, () => systemRandom.bytes(HASH_BYTES).toString('hex'));
      for (const { status, code } of await call(hashes)) answers.add(code ?? status);
    }
    return answers;
  }
}
