// Choosing peers where co-carriers' are among them: as many of each kind as there are in the swarm, but at least half of
// an answer from the own peers when there are as many, no origin more than a third, and nobody twice, since a client
// may have announced to several carriers.

import {
  type AnnounceAnswer,
  type AnnounceRequest,
  COMPACT_IPV4_BYTES,
  COMPACT_IPV6_BYTES,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Dice } from './dice.ts';
import type { FamilyPeers, Swarm } from './family-peers.ts';
import { MAX_ORIGINS, originOf, REMOTE_BIT, SEEDER_BIT } from './peer-entry.ts';
import type { SharedSwarms } from './shared-swarms.ts';
import { SWARM4, SWARM6, type Torrent } from './torrent-table.ts';

/** As in selection.ts: draws for a start, and slots that a walk passes at most. */
const MAX_DRAWS = 24;
const MAX_WALK = 16_384;
/** Places to look up who was chosen: more than twice MAX_NUMWANT, a power of two. */
const SEEN_PLACES = 512;
const NO_ENTRY = -1;
/** Two kinds of entry, by their REMOTE_BIT. */
const OWN = 0;

export class MixedSelection {
  readonly #peers4: FamilyPeers;
  readonly #peers6: FamilyPeers;
  readonly #shared: SharedSwarms;
  readonly #dice: Dice;
  /** Indices of the entries chosen, by a hash of their endpoints. */
  readonly #seen = new Int32Array(SEEN_PLACES);
  /** Given of each origin. */
  readonly #givenOf = new Uint8Array(MAX_ORIGINS);
  #remoteLeft = 0;
  #originLimit = 0;
  // What a walk has filled, and for whom.
  #given = 0;
  #skipped = 0;

  constructor(peers4: FamilyPeers, peers6: FamilyPeers, shared: SharedSwarms, dice: Dice) {
    this.#peers4 = peers4;
    this.#peers6 = peers6;
    this.#shared = shared;
    this.#dice = dice;
  }

  /** As `choosePeers` of swarm-store.ts. */
  choose(torrent: Torrent, request: AnnounceRequest, asker: number, answer: AnnounceAnswer): void {
    const { numwant, isOneFamily } = request;
    this.#begin(torrent, request);
    if (request.family === 4) {
      answer.peers4Count = this.#chooseOf(4, torrent, asker, numwant, answer.view4);
      const left = isOneFamily ? 0 : numwant - answer.peers4Count;
      answer.peers6Count = this.#chooseOf(6, torrent, NO_ENTRY, left, answer.view6);
    } else {
      answer.peers6Count = this.#chooseOf(6, torrent, asker, numwant, answer.view6);
      const left = isOneFamily ? 0 : numwant - answer.peers6Count;
      answer.peers4Count = this.#chooseOf(4, torrent, NO_ENTRY, left, answer.view4);
    }
  }

  #begin(torrent: Torrent, { isSeeder, numwant, family }: AnnounceRequest): void {
    const { links } = this.#shared;
    for (let link = links.first(torrent); link !== 0; link = links.next(link)) this.#givenOf[links.slotOf(link)] = 0;
    this.#skipped = isSeeder ? SEEDER_BIT : 0;
    const own = this.#ownOf(torrent, 4, family === 4) + this.#ownOf(torrent, 6, family === 6);
    this.#remoteLeft = numwant - Math.min(own, Math.ceil(numwant / 2));
    this.#originLimit = Math.ceil(numwant / 3);
  }

  #chooseOf(family: 4 | 6, torrent: Torrent, asker: number, wanted: number, out: DataView): number {
    const own = this.#ownOf(torrent, family, asker >= 0);
    const remote = this.#remoteOf(torrent, family);
    this.#given = 0;
    if (wanted === 0 || own + remote === 0) return 0;
    const peers = family === 4 ? this.#peers4 : this.#peers6;
    const swarm = torrent + (family === 4 ? SWARM4 : SWARM6);
    this.#seen.fill(NO_ENTRY);
    if (asker >= 0) this.#isNew(peers.blocks.words, asker, peers.blocks.entryWords);
    const share = Math.min(this.#remoteLeft, this.#roundedShare(wanted, remote, own));
    this.#walk(peers, swarm, OWN, wanted - share, out);
    this.#walk(peers, swarm, REMOTE_BIT, wanted, out);
    // What the limits of origins left open.
    this.#walk(peers, swarm, OWN, wanted, out);
    return this.#given;
  }

  /** Goes on until `enough` are given in all, with entries of one kind. */
  #walk(peers: FamilyPeers, swarm: Swarm, kind: number, enough: number, out: DataView): void {
    if (this.#given >= enough) return;
    const { words, entryWords } = peers.blocks;
    const start = peers.startOf(swarm);
    const size = peers.slotsOf(swarm);
    const bytes = entryWords === 2 ? COMPACT_IPV4_BYTES : COMPACT_IPV6_BYTES;
    let slot = this.#drawStart(words, start, size, entryWords, kind);
    for (let steps = Math.min(size, MAX_WALK); steps > 0 && this.#given < enough; steps--) {
      const at = start + slot * entryWords;
      slot = (slot + 1) & (size - 1);
      const tail = words[at]!;
      if (!this.#isOfKind(tail, kind) || !this.#isAllowed(tail) || !this.#isNew(words, at, entryWords)) continue;
      this.#count(tail);
      peers.writeEntry(at, out, this.#given * bytes);
      this.#given++;
    }
  }

  /** A slot with an entry of the kind, if there is luck: from there all of them are equally likely. */
  #drawStart(words: Int32Array, start: number, size: number, entryWords: number, kind: number): number {
    let slot = 0;
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      slot = this.#dice.next() & (size - 1);
      if (this.#isOfKind(words[start + slot * entryWords]!, kind)) return slot;
    }
    return slot;
  }

  #isOfKind(tail: number, kind: number): boolean {
    return tail !== 0 && (tail & REMOTE_BIT) === kind && (tail & this.#skipped) === 0;
  }

  #isAllowed(tail: number): boolean {
    if ((tail & REMOTE_BIT) === 0) return true;
    return this.#remoteLeft > 0 && this.#givenOf[originOf(tail)]! < this.#originLimit;
  }

  #count(tail: number): void {
    if ((tail & REMOTE_BIT) === 0) return;
    this.#remoteLeft--;
    this.#givenOf[originOf(tail)]! += 1;
  }

  /** The part of `wanted` that falls to the remote peers, up or down by chance so that it is right on average. */
  #roundedShare(wanted: number, remote: number, own: number): number {
    const parts = wanted * remote;
    const all = own + remote;
    return Math.floor(parts / all) + (this.#dice.below(all) < parts % all ? 1 : 0);
  }

  #ownOf(torrent: Torrent, family: 4 | 6, isWithAsker: boolean): number {
    const count = this.#shared.ownCount(torrent, family);
    if (this.#skipped !== 0) return count - this.#shared.ownSeeders(torrent, family);
    return isWithAsker ? count - 1 : count;
  }

  #remoteOf(torrent: Torrent, family: 4 | 6): number {
    const { links } = this.#shared;
    let count = 0;
    for (let link = links.first(torrent); link !== 0; link = links.next(link)) {
      count += links.storedOf(link, family) - (this.#skipped === 0 ? 0 : links.storedSeedersOf(link, family));
    }
    return count;
  }

  /** Whether nobody with the entry's endpoint was chosen; it is, from here on. */
  #isNew(words: Int32Array, at: number, entryWords: number): boolean {
    const port = words[at]! >>> 16;
    let place = (Math.imul(words[at + entryWords - 1]! ^ (port << 8), 0x9e3779b1) >>> 16) & (SEEN_PLACES - 1);
    for (; this.#seen[place] !== NO_ENTRY; place = (place + 1) & (SEEN_PLACES - 1)) {
      if (isSameEndpoint(words, this.#seen[place]!, at, entryWords)) return false;
    }
    this.#seen[place] = at;
    return true;
  }
}

function isSameEndpoint(words: Int32Array, a: number, b: number, entryWords: number): boolean {
  if (words[a]! >>> 16 !== words[b]! >>> 16) return false;
  for (let i = 1; i < entryWords; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
}
