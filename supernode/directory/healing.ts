// Which torrents this supernode has to care for now: it walks through all of them again and again, and leaves each to the
// supernode ranked first for it, unless that one does not act.

import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { groupKey, rank } from '../../shared/protocol/rendezvous.ts';
import type { Allocator } from './allocation.ts';
import type { Brake } from './brake.ts';
import type { Directory } from './directory.ts';
import type { Mortality } from './mortality.ts';
import { type Care, type CareView, careFor, type Declined } from './torrent-care.ts';

export interface HealingTimes {
  /** Of the supernodes ranked for a torrent, each waits so much longer than the one before. */
  readonly rankDelayMs: number;
  /** A carrier too many is kept for so long. */
  readonly trimAfterMs: number;
  /** Nothing is judged before a supernode has watched for so long: it does not know who is alive and carries what. */
  readonly warmUpMs: number;
  /** What was done for a torrent is given so long to show. */
  readonly patienceMs: number;
}

export interface HealingOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly mortality: Mortality;
  readonly brake: Brake;
  readonly times: HealingTimes;
  /** Unix ms. */
  readonly startedAt: number;
}

export interface DueCare {
  readonly infoHash: InfoHash;
  readonly care: Care;
}

/** A node that declined is asked again after this time. */
const DECLINE_MS = 3_600_000;
/** Torrents looked at in one go: about 10 ms. */
const SLICE_TORRENTS = 5000;

interface Decline {
  /** Unix ms until which it counts. */
  readonly until: number;
  /** It counts until the torrent is planted anew. */
  readonly isForGood: boolean;
  /** The newest plant at that time. */
  readonly seq: number;
}

/** A torrent that is not as it should be. */
interface Case {
  readonly kind: Care['kind'];
  /** Unix ms at which it was found so. */
  readonly since: number;
  /** Unix ms before which it is left alone. */
  notBefore: number;
}

export class Healing {
  readonly #options: HealingOptions;
  readonly #cases = new Map<InfoHash, Case>();
  readonly #declines = new Map<InfoHash, Map<Id, Decline>>();
  #walk: Iterator<InfoHash> | undefined;

  constructor(options: HealingOptions) {
    this.#options = options;
  }

  /** Torrents that are not as they should be. */
  get cases(): number {
    return this.#cases.size;
  }

  /** Goes on with the walk; at most `max` torrents to care for, which are then left alone for a while. */
  next(now: number, max: number): DueCare[] {
    const { directory, mortality, startedAt, times } = this.#options;
    if (now - startedAt < times.warmUpMs) return [];
    let allocator: Allocator | undefined;
    const view: CareView = {
      directory,
      mortality,
      allocator: () => {
        allocator ??= this.#allocator(now);
        return allocator;
      },
      now,
    };
    const rankOf = this.#rankings(now);
    const due: DueCare[] = [];
    for (let seen = 0; seen < SLICE_TORRENTS && due.length < max; seen++) {
      const infoHash = this.#step();
      if (infoHash === undefined) break;
      const care = careFor(infoHash, view, this.#declined(infoHash, now));
      if (care !== undefined && this.#isDue(infoHash, care, rankOf(infoHash), now)) due.push({ infoHash, care });
      if (care === undefined) this.#cases.delete(infoHash);
    }
    return due;
  }

  /** A node would not carry the torrent; `isForGood` when it gave a reason that holds for every node. */
  decline(infoHash: InfoHash, node: Id, isForGood: boolean, now: number): void {
    const declines = this.#declines.get(infoHash) ?? new Map<Id, Decline>();
    declines.set(node, { until: now + DECLINE_MS, isForGood, seq: this.#newest(infoHash, now) });
    this.#declines.set(infoHash, declines);
    const found = this.#cases.get(infoHash);
    if (found !== undefined) found.notBefore = now;
  }

  /** undefined at the end of a round. */
  #step(): InfoHash | undefined {
    const { plants } = this.#options.directory;
    this.#walk ??= plants.hashes();
    const { value, done } = this.#walk.next();
    if (done !== true) return value;
    this.#walk = undefined;
    for (const memory of [this.#cases, this.#declines]) {
      for (const infoHash of memory.keys()) if (!plants.has(infoHash)) memory.delete(infoHash);
    }
    return undefined;
  }

  #allocator(now: number): Allocator {
    const { directory, mortality } = this.#options;
    return directory.candidates.allocator(now, ({ entry }) => !mortality.isDead(entry.author));
  }

  /** Notes what was found, and says whether it is this supernode's turn. */
  #isDue(infoHash: InfoHash, care: Care, rank: number, now: number): boolean {
    const { times, brake } = this.#options;
    let found = this.#cases.get(infoHash);
    if (found?.kind !== care.kind) {
      found = { kind: care.kind, since: now, notBefore: now };
      this.#cases.set(infoHash, found);
    }
    const isUnhurried = care.kind === 'surplus' && !care.isUrgent;
    const dueAt = found.since + rank * times.rankDelayMs + (isUnhurried ? times.trimAfterMs : 0);
    if (now < dueAt || now < found.notBefore) return false;
    if (care.kind === 'surplus' && !care.isReady) return false;
    // A node that drains asks for copies itself, and an uproot is its planter's wish.
    if (care.kind !== 'uprooted' && !care.isUrgent && brake.isHeld(now)) return false;
    found.notBefore = now + times.patienceMs;
    return true;
  }

  /** This supernode's rank for a torrent among those that answer: 0 acts first. */
  #rankings(now: number): (infoHash: InfoHash) => number {
    const { self, directory } = this.#options;
    const others = directory.supernodes.trusted(now).filter(({ entry }) => entry.author !== self);
    const candidates = [self, ...others.map(({ entry }) => entry.author)].map((id) => ({ id, weight: 1 }));
    const ranks = new Map<string, number>();
    return (infoHash) => {
      const key = groupKey(infoHash);
      const known = ranks.get(key) ?? rank(key, candidates).indexOf(self);
      ranks.set(key, known);
      return known;
    };
  }

  #declined(infoHash: InfoHash, now: number): Declined | undefined {
    const declines = this.#declines.get(infoHash);
    if (declines === undefined) return undefined;
    const newest = this.#newest(infoHash, now);
    for (const [node, { until, isForGood, seq }] of declines) {
      if (isForGood ? newest > seq || newest === 0 : now >= until) declines.delete(node);
    }
    if (declines.size === 0) this.#declines.delete(infoHash);
    const forGood = [...declines.values()].filter(({ isForGood }) => isForGood).length;
    return { by: new Set(declines.keys()), forGood };
  }

  #newest(infoHash: InfoHash, now: number): number {
    return Math.max(0, ...this.#options.directory.plants.live(infoHash, now).map(({ seq }) => seq));
  }
}
