// Everything one supernode knows, in memory: judges what comes in and answers what is asked. The store holds the same
// records, and this is rebuilt from it at start.

import { isDatedAhead, supersedes } from '../../shared/protocol/records/lasting.ts';
import { Candidates } from './candidates.ts';
import { Carriers } from './carriers.ts';
import {
  type Entry,
  type EntryKey,
  isMember,
  type MemberEntry,
  type NodeEntry,
  type PlantEntry,
  type SupernodeEntry,
} from './entry.ts';
import { DIRECTORY_LIMITS, type DirectoryLimits } from './limits.ts';
import type { Liveness } from './liveness.ts';
import { Plants } from './plants.ts';
import { isSamePlace, type Member, Registry } from './registry.ts';
import { type Pending, type RefusalCode, Room } from './room.ts';
import { Torrents } from './torrents.ts';

/** `new` and `newer` records are to be kept and passed on; the others change nothing. */
export type Verdict =
  | { readonly kind: 'new' | 'newer' | 'known' | 'older' }
  | { readonly kind: 'refused'; readonly code: RefusalCode };

const NOTHING_PENDING: Pending = { count: () => 0 };

export class Directory {
  readonly nodes = new Registry<NodeEntry>();
  readonly supernodes = new Registry<SupernodeEntry>();
  readonly torrents: Torrents;
  readonly plants: Plants;
  readonly carriers: Carriers;
  /** The nodes, as those who allocate see them. */
  readonly candidates: Candidates;
  readonly room: Room;
  readonly #limits: DirectoryLimits;

  /** `seed` is secret, so that nobody can choose info hashes that make look-ups slow. */
  constructor(limits: DirectoryLimits = DIRECTORY_LIMITS, seed = 0) {
    this.#limits = limits;
    this.torrents = new Torrents(limits.maxTorrents + limits.maxCarried + limits.maxReceipts, seed);
    this.plants = new Plants(this.torrents, limits);
    this.carriers = new Carriers(this.torrents, limits);
    this.candidates = new Candidates(this.nodes, this.carriers);
    this.room = new Room(this, limits);
  }

  /** The record held of the same type, author and subject. */
  held(entry: Entry): Entry | undefined {
    switch (entry.type) {
      case 'node':
        return this.nodes.get(entry.author)?.entry;
      case 'supernode':
        return this.supernodes.get(entry.author)?.entry;
      case 'plant':
        return this.plants.get(entry.statement.infoHash, entry.author);
      case 'receipt':
        return this.carriers.receipt(entry.author, entry.statement.infoHash);
    }
  }

  /** Whether a record changes nothing since this one is held, or said all it had to say. It need not be verified. */
  knows(entry: Entry): boolean {
    const held = this.held(entry);
    if (held !== undefined) return Buffer.compare(held.bytes, entry.bytes) === 0;
    return entry.type === 'receipt' && this.carriers.isSettled(entry);
  }

  /** What `put` would mean, after what is pending; changes nothing. */
  judge(entry: Entry, now: number, pending: Pending = NOTHING_PENDING): Verdict {
    const held = this.held(entry);
    if (held !== undefined) {
      const verdict = judgeAgainst(held, entry, now);
      return verdict.kind === 'newer' && !this.room.fits(entry) ? { kind: 'refused', code: 'full' } : verdict;
    }
    if (entry.type === 'receipt' && this.carriers.isSettled(entry)) return { kind: 'known' };
    const code = this.room.refuse(entry, pending);
    return code === undefined ? { kind: 'new' } : { kind: 'refused', code };
  }

  /**
   * Takes a record over in place of the one held; the caller has judged it. There may be no room for what another process has
   * written: that is left out.
   */
  put(entry: Entry, now: number): void {
    if (!this.room.fits(entry)) return;
    if (entry.type === 'node') this.nodes.put(entry, now);
    else if (entry.type === 'supernode') this.supernodes.put(entry, now);
    else if (entry.type === 'plant') this.#putPlant(entry);
    else this.carriers.putReceipt(entry);
  }

  /** Forgets the record held of the same type, author and subject. */
  remove({ type, author, subject }: EntryKey): void {
    if (type === 'plant') this.plants.remove(subject, author);
    else if (type === 'receipt') this.carriers.removeReceipt(author, subject);
    else this.#registry(type).remove(author);
    if (type === 'node') this.carriers.forget(author);
  }

  member(entry: Pick<MemberEntry, 'type' | 'author'>): Member | undefined {
    return this.#registry(entry.type).get(entry.author);
  }

  /** Notes that an own ping was missed, while others are asked. */
  noteMiss({ type, author }: Pick<MemberEntry, 'type' | 'author'>): void {
    this.#registry(type).noteMiss(author);
  }

  /** Notes how a ping ended; `isReached` is false for an answer that another supernode passed on. */
  note(
    entry: Pick<MemberEntry, 'type' | 'author'>,
    isAnswered: boolean,
    now: number,
    isReached = true,
  ): Liveness | undefined {
    return this.#registry(entry.type).note(entry.author, isAnswered, now, isReached);
  }

  /** Whether the member is known with just these URLs. */
  isAtHome(entry: MemberEntry): boolean {
    const held = this.member(entry)?.entry;
    return held !== undefined && isSamePlace(held, entry);
  }

  /** The member answers at this one of its URLs. */
  settle(entry: Pick<MemberEntry, 'type' | 'author'>, url: string): void {
    this.#registry(entry.type).settle(entry.author, url);
  }

  /** Sets when the member is pinged next, unix ms. */
  schedule(entry: Pick<MemberEntry, 'type' | 'author'>, probeAt: number): void {
    this.#registry(entry.type).schedule(entry.author, probeAt);
  }

  /** All records held, in no order. Others may come and go meanwhile. */
  *entries(): Generator<Entry> {
    for (const { entry } of this.nodes.values()) yield entry;
    for (const { entry } of this.supernodes.values()) yield entry;
    yield* this.carriers.pending();
    yield* this.plants.entries();
  }

  /** Whether a record that others tell of finds room. */
  hasRoomForNews(entry: Entry): boolean {
    return isMember(entry) || this.held(entry) !== undefined || this.room.isForNews(entry);
  }

  #putPlant(entry: PlantEntry): void {
    const { plants } = this;
    const { infoHash } = entry.statement;
    const isCrowded = plants.plantersOf(infoHash) >= this.#limits.maxPlantersPerTorrent;
    if (isCrowded && plants.get(infoHash, entry.author) === undefined) {
      const [oldest] = plants.uprootersOf(infoHash);
      if (oldest === undefined || entry.statement.copies === 0) return;
      plants.remove(infoHash, oldest);
    }
    plants.put(entry);
  }

  #registry(type: MemberEntry['type']): Registry<NodeEntry> | Registry<SupernodeEntry> {
    return type === 'node' ? this.nodes : this.supernodes;
  }
}

/** What a record would mean in the place of the one held. One that a wrong clock has dated ahead yields to any other. */
export function judgeAgainst(held: Entry, entry: Entry, now: number): Verdict {
  if (supersedes(entry, held) || isDatedAhead(held.seq, now)) return { kind: 'newer' };
  return { kind: Buffer.compare(entry.bytes, held.bytes) === 0 ? 'known' : 'older' };
}
