// How long newcomers wait: the longer, the more came from their neighbourhood lately. Whoever starts a thousand nodes in
// one network, in order to carry everything, needs months; so does who wants to be most of the supernodes.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { MemberEntry } from './entry.ts';
import { prefixesOf } from './prefixes.ts';

const DAY_MS = 86_400_000;
/** So many newcomers a day of one narrow network, and of one wide network, do not wait. */
const FREE_NARROW = 4;
const FREE_WIDE = 32;
/** In a wide network only every eighth counts. */
const WIDE_STEP = 8;
/** What the first one beyond that waits, doubled for each further one. */
const FIRST_WAIT_MS = 600_000;
const LONGEST_WAIT_MS = DAY_MS;
/** Newcomers remembered, waiting and admitted; beyond that the oldest are forgotten. */
const MAX_REMEMBERED = 10_000;

interface Arrival {
  readonly narrow: string;
  readonly wide: string;
  /** Unix ms. */
  readonly at: number;
}

/** Nodes and supernodes of one network do not wait for each other. */
export type Admissions = Readonly<Record<MemberEntry['type'], Admission>>;

export class Admission {
  /** Unix ms at which each of those who wait asked first. */
  readonly #waiting = new Map<Id, number>();
  /** Who was admitted in the last day, oldest first. */
  #admitted: Arrival[] = [];

  /** Ms that a newcomer at `host` has to wait yet; 0: it may come in. */
  waitMs(id: Id, host: string, now: number): number {
    const firstAsked = this.#waiting.get(id) ?? now;
    const rest = this.restMs(host, firstAsked, now);
    if (rest === 0) return 0;
    this.#waiting.set(id, firstAsked);
    if (this.#waiting.size > MAX_REMEMBERED) this.#waiting.delete(this.#waiting.keys().next().value!);
    return rest;
  }

  /** The same for one that is remembered elsewhere, and has waited since `since`, unix ms. */
  restMs(host: string, since: number, now: number): number {
    return Math.max(0, since + this.#wholeWaitMs(host, now) - now);
  }

  /** A newcomer has come in. */
  admit(id: Id, host: string, now: number): void {
    this.#waiting.delete(id);
    this.#admitted.push({ ...prefixesOf(host), at: now });
    this.#forget(now);
  }

  #wholeWaitMs(host: string, now: number): number {
    this.#forget(now);
    const { narrow, wide } = prefixesOf(host);
    const near = this.#admitted.filter((arrival) => arrival.narrow === narrow).length - FREE_NARROW;
    const around = (this.#admitted.filter((arrival) => arrival.wide === wide).length - FREE_WIDE) / WIDE_STEP;
    const excess = Math.max(near, Math.floor(around));
    return excess < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** excess);
  }

  #forget(now: number): void {
    const isYoung = ({ at }: Arrival): boolean => now - at < DAY_MS;
    if (this.#admitted.length > MAX_REMEMBERED || !this.#admitted.every(isYoung)) {
      this.#admitted = this.#admitted.filter(isYoung).slice(-MAX_REMEMBERED);
    }
  }
}
