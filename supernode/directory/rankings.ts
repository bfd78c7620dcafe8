// Members ranked by rendezvous hashing for each group of torrents. A ranking is made when somebody asks for it first, and then
// follows the members that come, go or change their weight: ten thousand of them take 6 ms to rank, a change some microseconds.

import type { Id } from '../../shared/protocol/records/record.ts';
import { byScore, scoreOf } from '../../shared/protocol/sets/rendezvous.ts';

/** A member, as its place in the list of all; reused when it has gone. */
export type Slot = number;

/** Takes two bytes for each member and group: 80 MB for ten thousand members and all 4096 groups. */
interface Ranking {
  /** Best first. */
  slots: Uint16Array;
  /** Changes that it has followed. */
  version: number;
}

/** Changes remembered; rankings that are further behind are made anew. */
const MAX_CHANGES = 4096;
/** To put a member in its place takes as many scores as it takes comparisons; from this share of changes on, all are ranked anew. */
const MAX_CHANGED_SHARE = 1 / 32;

export class Rankings {
  /** Scores computed so far: what this cost, in some 0.4 µs each. */
  scored = 0;
  readonly #ids: Id[] = [];
  readonly #weights: number[] = [];
  readonly #slots = new Map<Id, Slot>();
  readonly #free: Slot[] = [];
  readonly #rankings = new Map<string, Ranking>();
  /** Slots in the order in which they changed; the first one is that of change `#forgotten` + 1. */
  #changes: Slot[] = [];
  #forgotten = 0;

  get size(): number {
    return this.#slots.size;
  }

  weightOf(id: Id): number | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined ? undefined : this.#weights[slot];
  }

  ids(): MapIterator<Id> {
    return this.#slots.keys();
  }

  idOf(slot: Slot): Id {
    return this.#ids[slot]!;
  }

  /** Takes a member in, or changes its weight; at most 65 536 members. */
  set(id: Id, weight: number): void {
    const held = this.#slots.get(id);
    if (held !== undefined && this.#weights[held] === weight) return;
    const slot = held ?? this.#free.pop() ?? this.#ids.length;
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    this.#weights[slot] = weight;
    this.#note(slot);
  }

  remove(id: Id): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    this.#weights[slot] = 0;
    this.#free.push(slot);
    this.#note(slot);
  }

  /** The members' slots, best first for the key; not to be kept. */
  of(key: string): Uint16Array {
    const ranking = this.#rankings.get(key);
    const version = this.#forgotten + this.#changes.length;
    if (ranking === undefined || ranking.version < this.#forgotten) {
      const slots = this.#rank(key);
      this.#rankings.set(key, { slots, version });
      return slots;
    }
    if (ranking.version === version) return ranking.slots;
    const changed = new Set(this.#changes.slice(ranking.version - this.#forgotten));
    const isMuch = changed.size > this.size * MAX_CHANGED_SHARE;
    ranking.slots = isMuch ? this.#rank(key) : this.#follow(key, ranking.slots, changed);
    ranking.version = version;
    return ranking.slots;
  }

  /** Where a member stands for the key, 0 for the first; -1 when it is none. */
  rankOf(key: string, id: Id): number {
    const slot = this.#slots.get(id);
    return slot === undefined ? -1 : this.of(key).indexOf(slot);
  }

  #note(slot: Slot): void {
    this.#changes.push(slot);
    if (this.#changes.length < 2 * MAX_CHANGES) return;
    this.#changes = this.#changes.slice(MAX_CHANGES);
    this.#forgotten += MAX_CHANGES;
  }

  #score(key: string, slot: Slot): number {
    this.scored++;
    return scoreOf(key, this.#ids[slot]!, this.#weights[slot]!);
  }

  #rank(key: string): Uint16Array {
    const scores = new Float64Array(this.#ids.length);
    for (const slot of this.#slots.values()) scores[slot] = this.#score(key, slot);
    const isAfter = (a: Slot, b: Slot): number => (this.#ids[a]! < this.#ids[b]! ? -1 : 1);
    return Uint16Array.from(this.#slots.values()).sort((a, b) => scores[b]! - scores[a]! || isAfter(a, b));
  }

  /** Takes those that changed out, and puts those that are still there where they belong. */
  #follow(key: string, before: Uint16Array, changed: ReadonlySet<Slot>): Uint16Array {
    const slots = new Uint16Array(this.size);
    let count = 0;
    for (const slot of before) if (!changed.has(slot)) slots[count++] = slot;
    for (const slot of changed) {
      if (this.#slots.get(this.#ids[slot]!) !== slot) continue;
      const place = this.#placeFor(key, slot, slots.subarray(0, count));
      slots.copyWithin(place + 1, place, count);
      slots[place] = slot;
      count++;
    }
    return slots;
  }

  #placeFor(key: string, slot: Slot, among: Uint16Array): number {
    const own = { id: this.#ids[slot]!, score: this.#score(key, slot) };
    let low = 0;
    let high = among.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = among[middle]!;
      if (byScore({ id: this.#ids[other]!, score: this.#score(key, other) }, own) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
