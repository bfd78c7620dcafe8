// Members that others told of and that have not answered here yet: whoever names them, nobody hears of them from this
// supernode before. Each source has a share, and loses nothing to what another one brings.

import { supersedes } from '../../shared/protocol/records/lasting.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { MemberEntry } from './entry.ts';
import { MAX_FOLLOWED } from './following.ts';
import { hostOf } from './prefixes.ts';
import type { Visits } from './visits.ts';

/** Who told: the supernode whose feed it was, or members that say themselves that they have moved. */
export type Source = Id | 'moved';

/** A page of a feed. Records have at most 2 KB, so that all shares take 15 MB. */
export const MAX_WAITING_PER_SOURCE = 600;
export const MAX_WAITING = MAX_WAITING_PER_SOURCE * (MAX_FOLLOWED + 1);
/** Asked at the same time for one source; so those who never answer keep only their own source waiting. */
export const MAX_ASKED_PER_SOURCE = 8;
/** Asked in vain for one source: so many at once, then one every 2 s. A feed of members that answer is read at full speed. */
export const MISSES_AT_ONCE = 60;
export const MISS_COST_MS = 2000;
/** Who does not answer is asked again after 10, 30 and 90 s, and then left until somebody tells of it anew. */
export const MAX_TRIES = 4;
const FIRST_RETRY_MS = 10_000;
const RETRY_FACTOR = 3;
/** Longer than anybody is kept waiting for the crowd in its network. */
export const MAX_STAY_MS = 25 * 3_600_000;

/** One member in the share of one source. */
export interface Waiting {
  readonly entry: MemberEntry;
  readonly source: Source;
  /** Unix ms of the first record. */
  readonly since: number;
  /** Asked in vain so often. */
  readonly tries: number;
}

interface Slot {
  entry: MemberEntry;
  readonly since: number;
  tries: number;
  /** Unix ms. */
  readyAt: number;
  isAsked: boolean;
}

interface Share {
  readonly slots: Map<string, Slot>;
  asked: number;
  /** Unix ms at which the misses of this source are forgotten; each puts it off by MISS_COST_MS. */
  missesEnd: number;
}

export class WaitingRoom {
  /** Records for which there was no room. */
  leftOut = 0;
  /** The one whose turn is next comes first. */
  readonly #shares = new Map<Source, Share>();
  readonly #visits: Pick<Visits, 'take'>;
  #size = 0;

  constructor(visits: Pick<Visits, 'take'>) {
    this.#visits = visits;
  }

  get size(): number {
    return this.#size;
  }

  /** How many more records of this source would find room. */
  roomFor(source: Source): number {
    const used = this.#shares.get(source)?.slots.size ?? 0;
    return Math.max(0, Math.min(MAX_WAITING_PER_SOURCE - used, MAX_WAITING - this.#size));
  }

  /** Takes in who is to be asked; false when there is no room. Of two records of one member the newer one stays. */
  hold(entry: MemberEntry, source: Source, now: number): boolean {
    const held = this.#shares.get(source)?.slots.get(keyOf(entry));
    if (held !== undefined) {
      if (supersedes(entry, held.entry)) held.entry = entry;
      return true;
    }
    this.#expire(now);
    if (this.roomFor(source) === 0) {
      this.leftOut++;
      return false;
    }
    const share = this.#shares.get(source) ?? { slots: new Map<string, Slot>(), asked: 0, missesEnd: now };
    this.#shares.set(source, share);
    share.slots.set(keyOf(entry), { entry, since: now, tries: 0, readyAt: now, isAsked: false });
    this.#size++;
    return true;
  }

  /** The next one to ask now: of each source in turn, as often as destinations may be called. It ends with `leave`, `miss` or `defer`. */
  next(now: number): Waiting | undefined {
    for (const [source, share] of [...this.#shares]) {
      if (share.asked >= MAX_ASKED_PER_SOURCE || share.missesEnd - now >= MISSES_AT_ONCE * MISS_COST_MS) continue;
      const slot = this.#nextOf(source, share, now);
      if (slot === undefined) continue;
      slot.isAsked = true;
      share.asked++;
      this.#shares.delete(source);
      this.#shares.set(source, share);
      return { entry: slot.entry, source, since: slot.since, tries: slot.tries };
    }
    return undefined;
  }

  /** Who has come in, or is not wanted any more, waits nowhere. */
  leave({ entry }: Pick<Waiting, 'entry'>): void {
    for (const source of [...this.#shares.keys()]) this.#remove(source, keyOf(entry));
  }

  /** It did not answer. */
  miss({ entry, source }: Waiting, now: number): void {
    const share = this.#shares.get(source);
    const slot = share?.slots.get(keyOf(entry));
    if (share === undefined || slot === undefined) return;
    share.missesEnd = Math.max(share.missesEnd, now) + MISS_COST_MS;
    slot.tries++;
    if (slot.tries >= MAX_TRIES) this.#remove(source, keyOf(entry));
    else this.#release(share, slot, now + FIRST_RETRY_MS * RETRY_FACTOR ** (slot.tries - 1));
  }

  /** It answers, and has to wait all the same: it is asked again at `readyAt`, unix ms. */
  defer({ entry, source }: Waiting, readyAt: number): void {
    const share = this.#shares.get(source);
    const slot = share?.slots.get(keyOf(entry));
    if (share !== undefined && slot !== undefined) this.#release(share, slot, readyAt);
  }

  /** How many sources have told of the member lately. */
  tellersOf(entry: MemberEntry): number {
    let count = 0;
    for (const { slots } of this.#shares.values()) if (slots.has(keyOf(entry))) count++;
    return count;
  }

  #nextOf(source: Source, share: Share, now: number): Slot | undefined {
    for (const slot of share.slots.values()) {
      if (slot.isAsked || slot.readyAt > now) continue;
      const waitSeconds = this.#wait(source, slot.entry, now);
      if (waitSeconds === 0) return slot;
      slot.readyAt = now + waitSeconds * 1000;
    }
    return undefined;
  }

  /** All URLs will be called. */
  #wait(source: Source, { statement }: MemberEntry, now: number): number {
    for (const url of statement.urls) {
      const waitSeconds = this.#visits.take(source, hostOf(url), now);
      if (waitSeconds > 0) return waitSeconds;
    }
    return 0;
  }

  #release(share: Share, slot: Slot, readyAt: number): void {
    if (slot.isAsked) share.asked--;
    slot.isAsked = false;
    slot.readyAt = readyAt;
  }

  #remove(source: Source, key: string): void {
    const share = this.#shares.get(source);
    const slot = share?.slots.get(key);
    if (share === undefined || slot === undefined) return;
    if (slot.isAsked) share.asked--;
    share.slots.delete(key);
    this.#size--;
    if (share.slots.size === 0) this.#shares.delete(source);
  }

  /** Slots lie in the order in which they came. */
  #expire(now: number): void {
    for (const [source, { slots }] of [...this.#shares]) {
      for (const [key, { since }] of slots) {
        if (now - since < MAX_STAY_MS && since <= now) break;
        this.#remove(source, key);
      }
    }
  }
}

function keyOf({ type, author }: MemberEntry): string {
  return `${type} ${author}`;
}
