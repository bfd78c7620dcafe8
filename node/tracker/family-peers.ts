// The peers of one address family, of all swarms. Of each swarm it keeps three words in the torrent's record, called
// the swarm here and named by the index of the first: reference of the block, count, seeders among them.

import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import { type BlockRef, blockOrder, blockSize } from './block-arena.ts';
import type { Dice } from './dice.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { PeerBlocks } from './peer-blocks.ts';
import { ageMinutes, ORIGIN_MASK, type PeerKey, packRemoteFlags, SEEDER_BIT, WORDS_PER_PEER } from './peer-entry.ts';
import { PeerSelection } from './selection.ts';

/** Index of a swarm's three words: the torrent's record + SWARM4 or SWARM6. */
export type Swarm = number;

const BLOCK = 0;
const COUNT = 1;
const SEEDERS = 2;

/** Slots reserved per peer: a block just doubled is 7/16 full, which takes 2.3; the rest is for fragmentation. */
const SLOTS_PER_PEER = 3;

/** Told of each entry that goes from a swarm that it watches, while it is still there; not of swarms cleared as a whole. */
export interface TakenWatcher {
  watches(swarm: Swarm): boolean;
  beforeTaken(swarm: Swarm, at: number): void;
}

export class FamilyPeers {
  watcher: TakenWatcher | undefined;
  readonly blocks: PeerBlocks;
  /** Peers in all swarms, and the seeders among them. */
  count = 0;
  seeders = 0;
  readonly #records: Int32Array;
  readonly #selection: PeerSelection;

  constructor(
    family: AddressFamily,
    records: Int32Array,
    maxPeers: number,
    seed: number,
    dice: Dice,
    budget?: MemoryBudget,
  ) {
    this.blocks = new PeerBlocks(maxPeers * SLOTS_PER_PEER, WORDS_PER_PEER[family], seed, budget);
    this.#records = records;
    this.#selection = new PeerSelection(this.blocks, dice);
  }

  countOf(swarm: Swarm): number {
    return this.#records[swarm + COUNT]!;
  }

  seedersOf(swarm: Swarm): number {
    return this.#records[swarm + SEEDERS]!;
  }

  /** Slots that a walk over the swarm passes. */
  slotsOf(swarm: Swarm): number {
    return blockSize(this.#records[swarm + BLOCK]!);
  }

  /** Index of the first word of the swarm's block. */
  startOf(swarm: Swarm): number {
    return this.blocks.start(this.#records[swarm + BLOCK]!);
  }

  /** Writes the compact entry at `at` to `out`. */
  writeEntry(at: number, out: DataView, to: number): void {
    this.#selection.write(at, out, to);
  }

  /** Where the peer's entry is, valid until the swarm changes; -1 when there is none. */
  find(swarm: Swarm, key: PeerKey): number {
    return this.blocks.find(this.#records[swarm + BLOCK]!, this.#records[swarm + COUNT]!, key);
  }

  /** Port and flags of the entry. */
  tailAt(at: number): number {
    return this.blocks.words[at]!;
  }

  /** Adds a peer that is not there; returns where it is, or -1 when the memory is used up. */
  add(swarm: Swarm, key: PeerKey, flags: number): number {
    const count = this.#records[swarm + COUNT]!;
    const ref = this.#roomFor(swarm, count);
    if (ref === 0) return -1;
    this.#addToCounts(swarm, 1, flags & SEEDER_BIT);
    return this.blocks.insert(ref, count, key, flags);
  }

  update(swarm: Swarm, at: number, flags: number): void {
    const tail = this.blocks.words[at]!;
    this.#addToCounts(swarm, 0, (flags & SEEDER_BIT) - (tail & SEEDER_BIT));
    this.blocks.words[at] = ((tail >>> 16) << 16) | flags;
  }

  remove(swarm: Swarm, at: number): void {
    this.#watcherOf(swarm)?.beforeTaken(swarm, at);
    this.#take(swarm, at);
    this.#fit(swarm);
  }

  /** Removes the peers whose last announce is more than `lifetimeMinutes` ago; returns how many. */
  expire(swarm: Swarm, minute: number, lifetimeMinutes: number): number {
    return this.#takeEach(swarm, 0, 0, minute, lifetimeMinutes);
  }

  /** Removes the peers of the co-carrier in the slot; returns how many. */
  removeOrigin(swarm: Swarm, origin: number): number {
    return this.#takeEach(swarm, ORIGIN_MASK, packRemoteFlags(false, 0, origin), 0, -1);
  }

  /** Removes the entries older than `lifetimeMinutes` whose tail has the bits `owner` in the places `ownerMask`. */
  #takeEach(swarm: Swarm, ownerMask: number, owner: number, minute: number, lifetimeMinutes: number): number {
    const ref = this.#records[swarm + BLOCK]!;
    if (ref === 0) return 0;
    const start = this.blocks.start(ref);
    const mask = blockSize(ref) - 1;
    const before = this.#records[swarm + COUNT]!;
    const watcher = this.#watcherOf(swarm);
    let slot = this.blocks.boundary(ref);
    for (let steps = 0; steps <= mask; steps++) {
      slot = (slot - 1) & mask;
      const at = start + slot * this.blocks.entryWords;
      const tail = this.blocks.words[at]!;
      if (tail === 0 || ageMinutes(tail, minute) <= lifetimeMinutes || (tail & ownerMask) !== owner) continue;
      watcher?.beforeTaken(swarm, at);
      this.#take(swarm, at);
    }
    const expired = before - this.#records[swarm + COUNT]!;
    if (expired > 0) this.#fit(swarm);
    return expired;
  }

  clear(swarm: Swarm): void {
    const ref = this.#records[swarm + BLOCK]!;
    if (ref === 0) return;
    this.blocks.arena.free(ref);
    this.#addToCounts(swarm, -this.countOf(swarm), -this.seedersOf(swarm));
    this.#records[swarm + BLOCK] = 0;
  }

  /**
   * Writes up to `wanted` compact entries into `out`, chosen at random; returns how many. Left out are the entry at
   * `asker` (-1: nobody) and, for a seeder, all seeders.
   */
  select(swarm: Swarm, asker: number, isForSeeder: boolean, wanted: number, out: DataView): number {
    const skipped = isForSeeder ? SEEDER_BIT : 0;
    let eligible = this.countOf(swarm) - (isForSeeder ? this.seedersOf(swarm) : 0);
    if (asker >= 0 && (this.tailAt(asker) & skipped) === 0) eligible--;
    if (eligible === 0 || wanted === 0) return 0;
    return this.#selection.select(this.#records[swarm + BLOCK]!, asker, skipped, eligible, wanted, out);
  }

  #roomFor(swarm: Swarm, count: number): BlockRef {
    let ref = this.#records[swarm + BLOCK]!;
    if (ref === 0) ref = this.blocks.arena.allocate(0);
    else if (!this.blocks.hasRoom(ref, count)) ref = this.blocks.resize(ref, blockOrder(ref) + 1);
    if (ref !== 0) this.#records[swarm + BLOCK] = ref;
    return ref;
  }

  #watcherOf(swarm: Swarm): TakenWatcher | undefined {
    return this.watcher?.watches(swarm) === true ? this.watcher : undefined;
  }

  #take(swarm: Swarm, at: number): void {
    const isSeeder = this.blocks.words[at]! & SEEDER_BIT;
    this.blocks.remove(this.#records[swarm + BLOCK]!, this.#records[swarm + COUNT]!, at);
    this.#addToCounts(swarm, -1, -isSeeder);
  }

  #fit(swarm: Swarm): void {
    const ref = this.#records[swarm + BLOCK]!;
    const count = this.#records[swarm + COUNT]!;
    if (count === 0) {
      this.clear(swarm);
      return;
    }
    const order = this.blocks.fittingOrder(ref, count);
    if (order === blockOrder(ref)) return;
    const smaller = this.blocks.resize(ref, order);
    if (smaller !== 0) this.#records[swarm + BLOCK] = smaller;
  }

  #addToCounts(swarm: Swarm, peers: number, seeders: number): void {
    this.#records[swarm + COUNT]! += peers;
    this.#records[swarm + SEEDERS]! += seeders;
    this.count += peers;
    this.seeders += seeders;
  }
}
