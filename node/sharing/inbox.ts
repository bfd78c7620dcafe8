// What one partner has told: which of its batches were applied, and what has to be pulled from it because something was
// lost, because it has started anew, or because its census differs from what is kept here.

import type { Random } from '../../shared/platform/random.ts';
import {
  addBucket,
  allBuckets,
  BUCKETS,
  hasBucket,
  noBuckets,
  type SyncCall,
  type SyncPage,
} from '../../shared/protocol/messages/share-messages.ts';
import { jittered, pauseAfter, WAKE_PAUSE_MS } from './back-off.ts';
import { CallRate } from './call-rate.ts';

export interface InboxTimes {
  /** From one census to the next. */
  readonly censusMs: number;
  /** At least from the end of one synchronisation to the start of the next. */
  readonly syncPauseMs: number;
}

/** What to do with a batch. */
export type BatchVerdict = 'apply' | 'repeat' | 'wait';

/** What to do with a page; what is ignored is asked for again when it is still needed. */
export type PageVerdict = 'apply' | 'ignore';

/** A first synchronisation waits so long for others to be wanted too. */
const SYNC_DELAY_MS = 300;
const CENSUS_JITTER = 0.2;
/** Pages that were overtaken by a batch in a row, after which batches have to wait for the page. */
const MAX_STALE_PAGES = 3;
/** Pages that are asked for without a pause, and then in a second: a partner may have one more for ever. */
const PAGES_AT_ONCE = 200;
const PAGES_PER_SECOND = 30;
/** Differences between a census and what is kept that are not worth a synchronisation: changes on their way. */
const MIN_DRIFT = 8;
const DRIFT_SHARE = 0.05;

/** All pages of some buckets, one after the other. */
interface Synchronisation {
  readonly buckets: Uint8Array;
  cursor: number;
  /** Pages in a row that a batch overtook. */
  stale: number;
  /** All pages have come; what they did not name is not removed yet. */
  isComplete: boolean;
}

export class Inbox {
  /** Grows with each synchronisation: links that its pages and later batches have not named are out of date. */
  round = 0;
  #epoch = '';
  #sequence = 0;
  /** Failures of pulls in a row. */
  failures = 0;
  readonly #times: InboxTimes;
  #wanted = noBuckets();
  #isWanted = false;
  #syncAt = Number.POSITIVE_INFINITY;
  #censusAt: number;
  #running: Synchronisation | undefined;
  #inFlight: 'sync' | 'census' | undefined;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #pages = new CallRate(PAGES_AT_ONCE, PAGES_PER_SECOND);
  /** The last one that came, and whether it was compared. */
  #census: Uint32Array | undefined;
  #isCompared = true;
  /** By bucket: what the last synchronisation could not bring into line, since limits forbid it. */
  readonly #accepted = new Int32Array(BUCKETS);

  constructor(times: InboxTimes, now: number, random: Random) {
    this.#times = times;
    this.#censusAt = now + jittered(times.censusMs, CENSUS_JITTER, random);
  }

  /** Whether everything that was wanted has come. */
  get isSynced(): boolean {
    return !this.#isWanted && this.#running === undefined;
  }

  /** Asks for all peers of the torrents in a bucket, or of all. */
  want(now: number, bucket?: number): void {
    if (bucket === undefined) this.#wanted = allBuckets();
    else addBucket(this.#wanted, bucket);
    this.#isWanted = true;
    this.#syncAt = Math.min(this.#syncAt, Math.max(now + SYNC_DELAY_MS, this.#endedAt + this.#times.syncPauseMs));
  }

  /** Judges a batch and takes its numbers over when it is to be applied. */
  judge(
    batch: { readonly epoch: string; readonly sequence: number; readonly base: number },
    now: number,
  ): BatchVerdict {
    if (this.#inFlight === 'sync' && (this.#running?.stale ?? 0) >= MAX_STALE_PAGES) return 'wait';
    if (batch.epoch !== this.#epoch) {
      this.#adopt(batch.epoch, batch.sequence, now);
      return 'apply';
    }
    if (batch.sequence <= this.#sequence) return 'repeat';
    if (batch.base > this.#sequence) this.want(now);
    this.#sequence = batch.sequence;
    return 'apply';
  }

  /** The partner named its epoch outside of a batch. */
  noteEpoch(epoch: string, now: number): void {
    if (epoch !== this.#epoch) this.#adopt(epoch, 0, now);
  }

  /** What to ask the partner for now, if anything. */
  begin(now: number, random: Random): Omit<SyncCall, 'epoch'> | undefined {
    if (this.#inFlight !== undefined || now < this.#pausedUntil) return undefined;
    if (this.#running === undefined && now >= this.#syncAt) this.#start();
    if (this.#running !== undefined) {
      if (this.#running.isComplete || !this.#pages.take(now)) return undefined;
      this.#inFlight = 'sync';
      return { buckets: this.#running.buckets, cursor: this.#running.cursor };
    }
    if (now < this.#censusAt) return undefined;
    this.#censusAt = now + jittered(this.#times.censusMs, CENSUS_JITTER, random);
    this.#inFlight = 'census';
    return { buckets: noBuckets(), cursor: 0 };
  }

  /** Judges a page that answers the last call; 'apply' means that its groups replace what is kept of their torrents. */
  take(page: SyncPage, now: number): PageVerdict {
    const kind = this.#inFlight;
    const running = this.#running;
    this.#inFlight = undefined;
    this.failures = 0;
    if (page.census !== undefined) {
      this.#census = page.census;
      this.#isCompared = false;
    }
    if (kind === 'census') return 'ignore';
    if (running === undefined) return 'ignore';
    if (page.epoch !== this.#epoch) {
      this.#epoch = page.epoch;
      this.#sequence = page.sequence;
      if (running.cursor > 0 || !isEverything(running.buckets)) {
        this.#running = undefined;
        this.want(now);
        return 'ignore';
      }
    }
    if (page.sequence < this.#sequence) {
      running.stale++;
      return 'ignore';
    }
    running.stale = 0;
    running.cursor = page.next ?? 0;
    running.isComplete = page.next === undefined;
    return 'apply';
  }

  /** All pages have come: what they did not name is to be removed before `finish`. */
  get isComplete(): boolean {
    return this.#running?.isComplete === true;
  }

  /** What the synchronisation under way is about; nothing when there is none. */
  get buckets(): Uint8Array {
    return this.#running?.buckets ?? noBuckets();
  }

  /** Ends the synchronisation when everything that its pages did not name is removed. */
  finish(now: number): void {
    this.#running = undefined;
    this.#endedAt = now;
    if (this.#isWanted) this.#syncAt = now + this.#times.syncPauseMs;
  }

  /** Compares the last census with the peers kept here; after a synchronisation of buckets what differs is accepted. */
  compare(kept: Uint32Array, synced: Uint8Array, now: number): void {
    const census = this.#census;
    if (census === undefined) return;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const difference = census[bucket]! - kept[bucket]!;
      if (hasBucket(synced, bucket)) this.#accepted[bucket] = difference;
      const drift = Math.abs(difference - this.#accepted[bucket]!);
      if (drift > MIN_DRIFT && drift > DRIFT_SHARE * census[bucket]!) this.want(now, bucket);
    }
    this.#isCompared = true;
  }

  /** Whether a census has come that was not compared. */
  get hasCensus(): boolean {
    return !this.#isCompared;
  }

  /** A pull failed: whatever was asked for is asked again after a pause. */
  fail(now: number, random: Random): void {
    this.#inFlight = undefined;
    this.failures++;
    this.#failedAt = now;
    this.#pausedUntil = now + pauseAfter(this.failures, random);
  }

  /** The partner was heard of: what failed before is tried soon. */
  wake(): void {
    this.#pausedUntil = Math.min(this.#pausedUntil, this.#failedAt + WAKE_PAUSE_MS);
  }

  /** The clock was set back: what is planned moves with it. */
  shift(byMs: number): void {
    this.#syncAt += byMs;
    this.#censusAt += byMs;
    this.#pausedUntil += byMs;
    this.#failedAt += byMs;
    this.#endedAt += byMs;
  }

  #start(): void {
    this.#running = { buckets: this.#wanted, cursor: 0, stale: 0, isComplete: false };
    this.#wanted = noBuckets();
    this.#isWanted = false;
    this.#syncAt = Number.POSITIVE_INFINITY;
    this.round++;
  }

  /** Another epoch: the partner has started anew, and what is kept of it is out of date. */
  #adopt(epoch: string, sequence: number, now: number): void {
    this.#epoch = epoch;
    this.#sequence = sequence;
    this.#running = undefined;
    this.want(now);
  }
}

function isEverything(buckets: Uint8Array): boolean {
  return buckets.every((byte) => byte === 0xff);
}
