// What leaves the books: records whose time is over, receipts that a catalogue has confirmed or denied, and, when plants find
// little room, those that nobody carries.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Directory } from '../directory/directory.ts';
import type { Torrent } from '../directory/torrents.ts';
import { type ExpiryPlace, MAX_EXPIRED_RECORDS, type RecordStore } from './record-store.ts';
import type { Turns } from './turns.ts';

/**
 * How long expired records stay in the database: each process forgets them by its own clock, and one that was cut off for
 * a while still learns what to forget.
 */
export const KEEP_EXPIRED_MS = 86_400_000;
/** How long a receipt stays in the feed at least: who follows it has read it by then. */
export const KEEP_RECEIPTS_MS = 3_600_000;
/** After the start it is not known yet who carries what. */
export const LEARNING_MS = 3_600_000;
/** Plants that give way still count for so long, so that all processes see what to forget, whatever their clocks say. */
export const NOTICE_MS = 300_000;
/** Plants that give way at one time. */
const MAX_ENDED = 50_000;

export class Upkeep {
  /** Plants that had to give way. */
  ended = 0;
  readonly #directory: Directory;
  readonly #store: RecordStore;
  readonly #turns: Turns;
  /** Unix ms. */
  readonly #startedAt: number;
  /** What had expired here is forgotten. */
  #expired: ExpiryPlace;
  /** Date until which receipts of each node were dropped. */
  #dropped = new Map<Id, number>();
  /** Where looking for plants that nobody carries goes on. */
  #place: Torrent = 0;

  /** `turns`: those of whoever else changes the directory, who waits for a step at most. */
  constructor(directory: Directory, store: RecordStore, turns: Turns, startedAt: number) {
    this.#directory = directory;
    this.#store = store;
    this.#turns = turns;
    this.#startedAt = startedAt;
    this.#expired = endOf(startedAt);
  }

  /** One at a time. */
  async run(now: number): Promise<void> {
    await this.#makeRoom(now);
    await this.#forgetExpired(now);
    await this.#dropReceipts(now);
    while (!(await this.#store.purge(now - KEEP_EXPIRED_MS, now))) await yieldToOthers();
  }

  async #forgetExpired(now: number): Promise<void> {
    let place: ExpiryPlace | undefined = this.#expired;
    while (place !== undefined) {
      const from: ExpiryPlace = place;
      place = await this.#turns.take(() => this.#forgetSome(from, now));
      await yieldToOthers();
    }
    while (this.#directory.carriers.tidy()) await yieldToOthers();
    this.#expired = endOf(now);
  }

  /** In one turn: what is newer must not come in between. Returns where there may be more. */
  async #forgetSome(from: ExpiryPlace, now: number): Promise<ExpiryPlace | undefined> {
    const { keys, next } = await this.#store.expired(from, now);
    for (const key of keys) this.#directory.remove(key);
    return next;
  }

  async #dropReceipts(now: number): Promise<void> {
    const dropped = new Map<Id, number>();
    for (const [node, seq] of this.#directory.carriers.judged()) {
      const until = Math.min(seq, now - KEEP_RECEIPTS_MS);
      const before = this.#dropped.get(node) ?? 0;
      if (until > before) {
        await this.#store.dropReceipts(node, until);
        await yieldToOthers();
      }
      dropped.set(node, Math.max(until, before));
    }
    this.#dropped = dropped;
  }

  async #makeRoom(now: number): Promise<void> {
    const { plants, room } = this.#directory;
    if (now - this.#startedAt < LEARNING_MS || !room.isCrowded) return;
    let ended = 0;
    do {
      const { infoHashes, next } = plants.uncarried(this.#place, MAX_EXPIRED_RECORDS, now);
      ended += await this.#store.end(infoHashes, now + NOTICE_MS);
      this.#place = next;
      await yieldToOthers();
    } while (this.#place !== 0 && ended < MAX_ENDED);
    this.ended += ended;
  }
}

/** After everything that expires at `at`. */
function endOf(at: number): ExpiryPlace {
  return { at, position: Number.MAX_SAFE_INTEGER };
}
