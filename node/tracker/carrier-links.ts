// Which co-carriers a torrent has: one record of 40 bytes per pair, chained from the torrent's own record, so that a
// torrent without co-carriers costs nothing and one with four a few steps.

import { LINKS, type Torrent } from './torrent-table.ts';

/** A torrent and one of its co-carriers, as the index of the first word of their record; 0 is none. */
export type Link = number;

/** More co-carriers than this of one torrent are not kept. */
export const MAX_LINKS_PER_TORRENT = 16;
/** Peers kept of one co-carrier and torrent: what fits the counters below. */
export const MAX_STORED_PER_LINK = 32_767;
/** Places that may be reserved: 5 GB of address space. */
const MAX_LINKS = 1 << 27;

// The record, in words of 32 bits. The first is the next link of the torrent, or of the free ones.
const NEXT = 0;
/** 0 when the record is free. */
const TORRENT = 1;
const SLOT = 2;
/** What the co-carrier says it has itself. */
const SEEDERS = 3;
const LEECHERS = 4;
/** Peers of the co-carrier that are kept here: IPv4 in the lower half, IPv6 in the upper; the next word: the seeders among them. */
const STORED = 5;
const STORED_SEEDERS = 6;
/** For whoever keeps the links: which round of synchronisation has seen it, who says that it exists, until when. */
const ROUND = 7;
const NOTES = 8;
const UNTIL = 9;
const LINK_WORDS = 10;

const HALF_BITS = 16;
const HALF_MASK = 0xffff;

export class CarrierLinks {
  count = 0;
  /** Remote peers kept in all torrents. */
  stored = 0;
  readonly #records: Int32Array;
  readonly #words: Int32Array;
  readonly #capacity: number;
  /** By slot. */
  readonly #countOf = new Int32Array(256);
  #end: Link = LINK_WORDS;
  #free: Link = 0;

  /** `records` are those of the torrents. */
  constructor(records: Int32Array, maxLinks: number) {
    this.#records = records;
    this.#capacity = Math.min(maxLinks, MAX_LINKS);
    this.#words = new Int32Array((this.#capacity + 1) * LINK_WORDS);
  }

  first(torrent: Torrent): Link {
    return this.#records[torrent + LINKS]!;
  }

  next(link: Link): Link {
    return this.#words[link + NEXT]!;
  }

  find(torrent: Torrent, slot: number): Link {
    let link = this.first(torrent);
    while (link !== 0 && this.#words[link + SLOT] !== slot) link = this.#words[link + NEXT]!;
    return link;
  }

  /** The link, made when it is not there; 0 when there are too many. */
  ensure(torrent: Torrent, slot: number): Link {
    const found = this.find(torrent, slot);
    if (found !== 0) return found;
    if (this.count >= this.#capacity || this.#isCrowded(torrent)) return 0;
    let link = this.#free;
    if (link !== 0) {
      this.#free = this.#words[link + NEXT]!;
    } else {
      link = this.#end;
      this.#end += LINK_WORDS;
    }
    this.#words.fill(0, link, link + LINK_WORDS);
    this.#words[link + TORRENT] = torrent;
    this.#words[link + SLOT] = slot;
    this.#words[link + NEXT] = this.first(torrent);
    this.#records[torrent + LINKS] = link;
    this.count++;
    this.#countOf[slot]! += 1;
    return link;
  }

  /** Takes out a link whose peers are gone. */
  remove(link: Link): void {
    const words = this.#words;
    const torrent = words[link + TORRENT]!;
    const next = words[link + NEXT]!;
    let before = this.first(torrent);
    if (before === link) {
      this.#records[torrent + LINKS] = next;
    } else {
      while (words[before + NEXT] !== link) before = words[before + NEXT]!;
      words[before + NEXT] = next;
    }
    this.count--;
    this.#countOf[words[link + SLOT]!]! -= 1;
    words[link + TORRENT] = 0;
    words[link + NEXT] = this.#free;
    this.#free = link;
  }

  /** The used record after this one in the order of memory, for walks in slices; 0 before the first and after the last. */
  following(link: Link): Link {
    let next = link + LINK_WORDS;
    while (next < this.#end && this.#words[next + TORRENT] === 0) next += LINK_WORDS;
    return next < this.#end ? next : 0;
  }

  /** Whether `following` can go on from here: 0, or the place of a record. */
  isPlace(link: number): boolean {
    return link % LINK_WORDS === 0 && link < this.#end;
  }

  /** Torrents shared with the co-carrier in the slot. */
  countOf(slot: number): number {
    return this.#countOf[slot]!;
  }

  torrentOf(link: Link): Torrent {
    return this.#words[link + TORRENT]!;
  }

  slotOf(link: Link): number {
    return this.#words[link + SLOT]!;
  }

  reportedSeeders(link: Link): number {
    return this.#words[link + SEEDERS]!;
  }

  reportedLeechers(link: Link): number {
    return this.#words[link + LEECHERS]!;
  }

  report(link: Link, seeders: number, leechers: number): void {
    this.#words[link + SEEDERS] = seeders;
    this.#words[link + LEECHERS] = leechers;
  }

  /** Peers kept here of one family, or the seeders among them. */
  storedOf(link: Link, family: 4 | 6): number {
    return (this.#words[link + STORED]! >>> (family === 4 ? 0 : HALF_BITS)) & HALF_MASK;
  }

  storedSeedersOf(link: Link, family: 4 | 6): number {
    return (this.#words[link + STORED_SEEDERS]! >>> (family === 4 ? 0 : HALF_BITS)) & HALF_MASK;
  }

  storedTotal(link: Link): number {
    return this.storedOf(link, 4) + this.storedOf(link, 6);
  }

  addToStored(link: Link, family: 4 | 6, peers: number, seeders: number): void {
    const shift = family === 4 ? 0 : HALF_BITS;
    this.#words[link + STORED]! += peers << shift;
    this.#words[link + STORED_SEEDERS]! += seeders << shift;
    this.stored += peers;
  }

  round(link: Link): number {
    return this.#words[link + ROUND]!;
  }

  setRound(link: Link, round: number): void {
    this.#words[link + ROUND] = round;
  }

  notes(link: Link): number {
    return this.#words[link + NOTES]!;
  }

  setNotes(link: Link, notes: number): void {
    this.#words[link + NOTES] = notes;
  }

  until(link: Link): number {
    return this.#words[link + UNTIL]!;
  }

  setUntil(link: Link, until: number): void {
    this.#words[link + UNTIL] = until;
  }

  #isCrowded(torrent: Torrent): boolean {
    let count = 0;
    for (let link = this.first(torrent); link !== 0; link = this.next(link)) count++;
    return count >= MAX_LINKS_PER_TORRENT;
  }
}
