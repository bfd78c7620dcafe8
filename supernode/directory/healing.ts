// Which torrents this supernode has to care for now: it walks through all of them again and again, and leaves each to the
// supernode ranked first for it, unless that one does not act.

import type { Id } from '../../shared/protocol/records/record.ts';
import { groupKey } from '../../shared/protocol/sets/rendezvous.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Allocator } from './allocation.ts';
import type { Brake } from './brake.ts';
import { Cases } from './cases.ts';
import { Declines } from './declines.ts';
import type { Directory } from './directory.ts';
import { isTrusted } from './liveness.ts';
import type { Mortality } from './mortality.ts';
import { Rankings } from './rankings.ts';
import { type Care, type CareView, careFor } from './torrent-care.ts';
import type { Torrent } from './torrents.ts';

export interface HealingTimes {
  /** Of the supernodes ranked for a torrent, each waits so much longer than the one before. */
  readonly rankDelayMs: number;
  /** A carrier too many is kept for so long. */
  readonly trimAfterMs: number;
  /** No copy is made or released before a supernode has watched for so long: it does not know who is alive and carries what. */
  readonly warmUpMs: number;
  /** What was done for a torrent is given so long to show. */
  readonly patienceMs: number;
}

export interface HealingOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly mortality: Mortality;
  readonly brake: Brake;
  /** The supernodes that are followed: strangers, who may be as many as anybody likes, are not waited for. */
  readonly witnesses: () => readonly Id[];
  readonly times: HealingTimes;
  /** Unix ms. */
  readonly startedAt: number;
}

export interface DueCare {
  readonly infoHash: InfoHash;
  readonly care: Care;
}

/** What is done in one go, in units of some 0.3 µs: about 7 ms. */
const SLICE_WORK = 24_000;
/** To judge a torrent that is not as it should be, and for each node that is ranked for it. */
const JUDGEMENT_WORK = 40;
const SCORE_WORK = 2;
/** Of the torrents cared for in one go, those that no node was ever seen to carry. */
const ORPHAN_SHARE = 0.1;

export class Healing {
  readonly #options: HealingOptions;
  readonly #cases = new Cases();
  readonly #declines: Declines;
  /** Of this supernode and those that are followed and answer. */
  readonly #ranks = new Rankings();
  /** Whether the brake is held, as of the pass under way: finding out looks at all nodes. */
  #isBraked = false;
  /** Torrents that no node was ever seen to carry and that the pass under way may still care for. */
  #orphansLeft = 0;
  /** Unix ms since when it is watched who is alive; sooner than it was when the clock was set back. */
  #watchedSince: number;
  /** Where the walk stands; 0: before the first torrent. */
  #place: Torrent = 0;

  constructor(options: HealingOptions) {
    this.#options = options;
    this.#watchedSince = options.startedAt;
    this.#declines = new Declines(options.directory.plants);
  }

  /** Torrents that are not as they should be. */
  get cases(): number {
    return this.#cases.size;
  }

  /** Goes on with the walk; at most `max` torrents to care for, which are then left alone for a while. */
  next(now: number, max: number): DueCare[] {
    const { directory, mortality, brake, times } = this.#options;
    this.#watchedSince = Math.min(this.#watchedSince, now);
    const isYoung = now - this.#watchedSince < times.warmUpMs;
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
    this.#rankSupernodes(now);
    this.#isBraked = brake.isHeld(now);
    this.#orphansLeft = Math.ceil(max * ORPHAN_SHARE);
    const marks = directory.carriers.mark((node) => this.#markOf(node));
    const due: DueCare[] = [];
    for (let work = 0; work < SLICE_WORK && due.length < max; work++) {
      this.#place = directory.torrents.following(this.#place);
      if (this.#place === 0) {
        this.#endRound();
        break;
      }
      if (!directory.torrents.isUsed(this.#place) || !directory.plants.isPlanted(this.#place)) continue;
      const copies = directory.plants.copiesOf(this.#place, now);
      // Whoever has just started can pass on that a torrent is uprooted: carriers check it themselves.
      if (isYoung && copies > 0) continue;
      const isWell = directory.carriers.haveMarks(this.#place, marks, copies);
      // Nothing has to be asked of a torrent that is well, nor of its hash while none is ill.
      if (isWell && this.#cases.size === 0) continue;
      const infoHash = directory.torrents.infoHash(this.#place);
      if (isWell) this.#forget(infoHash);
      else work += this.#judge(infoHash, view, due);
    }
    return due;
  }

  /** A node would not carry the torrent; `isForGood` when it gave a reason that holds for every node. */
  decline(infoHash: InfoHash, node: Id, isForGood: boolean, now: number): void {
    this.#declines.note(infoHash, node, isForGood, now);
    const found = this.#cases.get(infoHash);
    if (found !== undefined) found.notBefore = now;
  }

  /** Adds the torrent to `due` when it is this supernode's turn to care for it; returns what that cost. */
  #judge(infoHash: InfoHash, view: CareView, due: DueCare[]): number {
    const scored = this.#scored;
    const care = careFor(infoHash, view, this.#declines.of(infoHash, view.now));
    if (care === undefined) this.#cases.close(infoHash);
    else if (this.#isDue(infoHash, care, view.now)) due.push({ infoHash, care });
    return JUDGEMENT_WORK + SCORE_WORK * (this.#scored - scored);
  }

  /** It has what it needs, or nobody plants it: what stood in the way matters no more. */
  #forget(infoHash: InfoHash): void {
    this.#cases.close(infoHash);
    this.#declines.forget(infoHash);
  }

  get #scored(): number {
    return this.#options.directory.candidates.scored + this.#ranks.scored;
  }

  #endRound(): void {
    const { plants } = this.#options.directory;
    for (const memory of [this.#cases.torrents(), this.#declines.torrents()]) {
      for (const infoHash of memory) if (!plants.has(infoHash)) this.#forget(infoHash);
    }
  }

  /** 1: counts as a carrier, 2: is about to leave, 0: does not count. As torrent-care.ts sorts them. */
  #markOf(id: Id): number {
    const { directory, mortality } = this.#options;
    const node = directory.nodes.get(id);
    if (node === undefined || mortality.isDead(id)) return 0;
    return node.entry.statement.state === 'draining' ? 2 : 1;
  }

  #allocator(now: number): Allocator {
    const { directory, mortality } = this.#options;
    return directory.candidates.allocator(now, ({ entry }) => !mortality.isDead(entry.author));
  }

  /** Notes what was found, and says whether it is this supernode's turn. */
  #isDue(infoHash: InfoHash, care: Care, now: number): boolean {
    const { self, directory, times } = this.#options;
    const isOrphan = !directory.torrents.wasSeen(this.#place);
    const found = this.#cases.note(infoHash, care.kind, isOrphan, now);
    if (found === undefined) return false;
    const isUnhurried = care.kind === 'surplus' && !care.isUrgent;
    const rank = this.#ranks.rankOf(groupKey(infoHash), self);
    const dueAt = found.since + rank * times.rankDelayMs + (isUnhurried ? times.trimAfterMs : 0);
    if (now < dueAt || now < found.notBefore) return false;
    if (care.kind === 'surplus' && !care.isReady) return false;
    // A node that drains asks for copies itself, and an uproot is its planter's wish.
    if (care.kind !== 'uprooted' && !care.isUrgent && this.#isBraked) return false;
    if (isOrphan && this.#orphansLeft-- <= 0) return false;
    found.notBefore = now + times.patienceMs;
    return true;
  }

  /** Of those that are followed and answer, the one ranked first for a torrent acts first. */
  #rankSupernodes(now: number): void {
    const { self, directory, witnesses } = this.#options;
    const others = witnesses().filter((id) => {
      const member = directory.supernodes.get(id);
      return member !== undefined && isTrusted(member.liveness, now);
    });
    const ids = new Set([self, ...others]);
    for (const id of this.#ranks.ids()) if (!ids.has(id)) this.#ranks.remove(id);
    for (const id of ids) this.#ranks.set(id, 1);
  }
}
