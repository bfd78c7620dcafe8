// What one partner has yet to hear: a position in the log of changes, and when the next batch is due. Nothing is queued
// here, so nothing can grow: a partner that stays away for longer than the log reaches is told that it has lost something.

import type { Random } from '../../shared/platform/random.ts';
import type { LogPosition } from '../tracker/change-log.ts';
import { pauseAfter, WAKE_PAUSE_MS } from './back-off.ts';

/** So many bytes waiting are sent without further delay. */
export const FLUSH_BYTES = 32_768;

/** A batch on its way. */
interface InFlight {
  readonly sequence: number;
  /** Where the partner is in the log once it has the batch. */
  readonly end: LogPosition;
  /** When its oldest change was noticed, unix ms; undefined when it has none. */
  readonly oldestAt: number | undefined;
  readonly entries: number;
  readonly bytes: number;
}

/** What became of a batch that the partner has applied. */
export interface Delivery {
  /** From its oldest change to the answer. */
  readonly lagMs: number | undefined;
  readonly entries: number;
  readonly bytes: number;
}

export interface BatchNumbers {
  readonly sequence: number;
  readonly base: number;
}

export class Outbox {
  /** The partner has heard of everything before. */
  position: LogPosition;
  /** A batch must be sent even if it has no changes: it tells that something was lost. */
  mustTell = false;
  /** Failures in a row. */
  failures = 0;
  pendingBytes = 0;
  #sequence = 0;
  /** The last batch that the partner is known to have applied, or one that nobody saw: then it has lost something. */
  #base = 0;
  #inFlight: InFlight | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #notBefore = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  #oldestAt: number | undefined;

  constructor(head: LogPosition) {
    this.position = head;
  }

  /** Number of the last batch that was made. */
  get sequence(): number {
    return this.#sequence;
  }

  get isInFlight(): boolean {
    return this.#inFlight !== undefined;
  }

  /** A change for the partner was noticed at `now`, to be sent within `delayMs`. */
  note(now: number, delayMs: number, bytes: number): void {
    this.#oldestAt ??= now;
    this.pendingBytes += bytes;
    const dueAt = this.pendingBytes >= FLUSH_BYTES ? now : now + delayMs;
    if (dueAt < this.#dueAt) this.#dueAt = dueAt;
  }

  isDue(now: number): boolean {
    return this.#inFlight === undefined && now >= this.#dueAt && now >= this.#notBefore;
  }

  /** The log reaches back to `head` alone: the next batch says that something was lost. */
  lose(head: LogPosition): void {
    this.position = head;
    this.#sequence++;
    this.#base = this.#sequence;
    this.mustTell = true;
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  /** Begins a batch that goes up to `end`. */
  begin(end: LogPosition, entries: number, bytes: number): BatchNumbers {
    this.#sequence++;
    this.#inFlight = { sequence: this.#sequence, end, oldestAt: this.#oldestAt, entries, bytes };
    this.#rest();
    return { sequence: this.#sequence, base: this.#base };
  }

  /** Whether nothing waits and nothing is on its way. */
  get isIdle(): boolean {
    return this.#inFlight === undefined && this.#dueAt === Number.POSITIVE_INFINITY;
  }

  /** There was nothing to send up to `end`. */
  skip(end: LogPosition): void {
    this.position = end;
    this.#rest();
  }

  /** The partner has applied the batch. */
  acknowledge(now: number, notBeforeMs: number): Delivery {
    const { sequence, end, oldestAt, entries, bytes } = this.#inFlight!;
    this.#inFlight = undefined;
    this.failures = 0;
    this.mustTell = false;
    this.#base = sequence;
    this.position = end;
    this.#notBefore = now + notBeforeMs;
    return { lagMs: oldestAt === undefined ? undefined : now - oldestAt, entries, bytes };
  }

  /** There is more than fitted the batch. */
  hurry(now: number): void {
    this.note(now, 0, 0);
  }

  /** The batch may or may not have arrived: its changes are sent again, as they are then, in a batch of another number. */
  fail(now: number, random: Random): void {
    this.failures++;
    this.#failedAt = now;
    this.#retry(now, pauseAfter(this.failures, random));
  }

  /** The partner has no time for it now, which is no failure. */
  postpone(now: number, pauseMs: number): void {
    this.#retry(now, pauseMs);
  }

  /** The partner was heard of: what failed before is tried soon. */
  wake(): void {
    if (this.failures > 0) this.#notBefore = Math.min(this.#notBefore, this.#failedAt + WAKE_PAUSE_MS);
  }

  /** The clock was set back: what is planned moves with it. */
  shift(byMs: number): void {
    this.#dueAt += byMs;
    this.#notBefore += byMs;
    this.#failedAt += byMs;
    if (this.#oldestAt !== undefined) this.#oldestAt += byMs;
  }

  #retry(now: number, pauseMs: number): void {
    this.#oldestAt = this.#inFlight?.oldestAt ?? this.#oldestAt;
    this.#inFlight = undefined;
    this.#notBefore = now + pauseMs;
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  #rest(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#oldestAt = undefined;
    this.pendingBytes = 0;
  }
}
