// Who planted what: one record per torrent and planter. An uprooting record stays, so that older ones cannot return.

import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { DigestTree } from './digest-tree.ts';
import type { PlantEntry } from './entry.ts';

export class Plants {
  readonly #byHash = new Map<InfoHash, Map<Id, PlantEntry>>();
  readonly #countByPlanter = new Map<Id, number>();
  readonly #digests = new DigestTree();
  #records = 0;

  /** Torrents, uprooted ones included. */
  get size(): number {
    return this.#byHash.size;
  }

  /** Of all torrents and planters. */
  get records(): number {
    return this.#records;
  }

  get(infoHash: InfoHash, planter: Id): PlantEntry | undefined {
    return this.#byHash.get(infoHash)?.get(planter);
  }

  put(entry: PlantEntry): void {
    const planters = this.#byHash.get(entry.statement.infoHash) ?? new Map<Id, PlantEntry>();
    const held = planters.get(entry.author);
    if (held === undefined) this.#count(entry.author, 1);
    else this.#digests.toggle(held.statement.infoHash, held.bytes);
    this.#digests.toggle(entry.statement.infoHash, entry.bytes);
    planters.set(entry.author, entry);
    this.#byHash.set(entry.statement.infoHash, planters);
  }

  remove(infoHash: InfoHash, planter: Id): void {
    const planters = this.#byHash.get(infoHash);
    const held = planters?.get(planter);
    if (planters === undefined || held === undefined) return;
    this.#digests.toggle(infoHash, held.bytes);
    planters.delete(planter);
    if (planters.size === 0) this.#byHash.delete(infoHash);
    this.#count(planter, -1);
  }

  /** Plants that count at `now`: neither uprooted nor expired. */
  live(infoHash: InfoHash, now: number): PlantEntry[] {
    return this.#all(infoHash, now).filter(({ statement }) => statement.copies > 0);
  }

  /** The records by which planters uprooted the torrent. */
  uproots(infoHash: InfoHash, now: number): PlantEntry[] {
    return this.#all(infoHash, now).filter(({ statement }) => statement.copies === 0);
  }

  /** Torrents in no order; more may come and go while somebody walks. */
  hashes(): Iterator<InfoHash> {
    return this.#byHash.keys();
  }

  /** Digests over all records; see DigestTree. */
  digests(branch?: number): Uint8Array {
    return this.#digests.digests(branch);
  }

  has(infoHash: InfoHash): boolean {
    return this.#byHash.has(infoHash);
  }

  plantersOf(infoHash: InfoHash): number {
    return this.#byHash.get(infoHash)?.size ?? 0;
  }

  plantsOf(planter: Id): number {
    return this.#countByPlanter.get(planter) ?? 0;
  }

  #all(infoHash: InfoHash, now: number): PlantEntry[] {
    const planters = this.#byHash.get(infoHash);
    if (planters === undefined) return [];
    return [...planters.values()].filter(({ expiresAt }) => expiresAt > now);
  }

  #count(planter: Id, by: 1 | -1): void {
    this.#records += by;
    const count = this.plantsOf(planter) + by;
    if (count === 0) this.#countByPlanter.delete(planter);
    else this.#countByPlanter.set(planter, count);
  }
}
