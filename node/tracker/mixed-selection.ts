// Choosing peers where co-carriers' are among them: at least half of an answer from the own peers when there are as many,
// no origin more than a third, and nobody twice, since a client may have announced to several carriers.

import type { AnnounceAnswer, AnnounceRequest } from '../../shared/protocol/tracker-messages.ts';
import { COMPACT_IPV4_BYTES, COMPACT_IPV6_BYTES } from '../../shared/protocol/tracker-messages.ts';
import type { FamilyPeers } from './family-peers.ts';
import { originOf, REMOTE_BIT, SEEDER_BIT } from './peer-entry.ts';
import type { SharedSwarms } from './shared-swarms.ts';
import { SWARM4, SWARM6, type Torrent } from './torrent-table.ts';

/** Slots that a walk passes at most, as in selection.ts. */
const MAX_WALK = 16_384;
/** Places to look up who was chosen: more than twice MAX_NUMWANT, a power of two. */
const SEEN_PLACES = 512;
const NO_ENTRY = -1;

export class MixedSelection {
  readonly #peers4: FamilyPeers;
  readonly #peers6: FamilyPeers;
  readonly #shared: SharedSwarms;
  /** Indices of the entries chosen, by a hash of their endpoints. */
  readonly #seen = new Int32Array(SEEN_PLACES);
  /** Given of each origin. */
  readonly #given = new Uint8Array(256);
  #remoteLeft = 0;
  #originLimit = 0;

  constructor(peers4: FamilyPeers, peers6: FamilyPeers, shared: SharedSwarms) {
    this.#peers4 = peers4;
    this.#peers6 = peers6;
    this.#shared = shared;
  }

  /** As `choosePeers` of swarm-store.ts. */
  choose(torrent: Torrent, request: AnnounceRequest, asker: number, answer: AnnounceAnswer): void {
    const { isSeeder, numwant } = request;
    this.#begin(torrent, isSeeder, numwant);
    const swarm4 = torrent + SWARM4;
    const swarm6 = torrent + SWARM6;
    if (request.family === 4) {
      answer.peers4Count = this.#walk(this.#peers4, swarm4, asker, isSeeder, numwant, answer.peers4);
      const left = numwant - answer.peers4Count;
      answer.peers6Count = this.#walk(this.#peers6, swarm6, NO_ENTRY, isSeeder, left, answer.peers6);
    } else {
      answer.peers6Count = this.#walk(this.#peers6, swarm6, asker, isSeeder, numwant, answer.peers6);
      const left = numwant - answer.peers6Count;
      answer.peers4Count = this.#walk(this.#peers4, swarm4, NO_ENTRY, isSeeder, left, answer.peers4);
    }
  }

  #begin(torrent: Torrent, isForSeeder: boolean, numwant: number): void {
    const { links } = this.#shared;
    for (let link = links.first(torrent); link !== 0; link = links.next(link)) this.#given[links.slotOf(link)] = 0;
    let own = this.#shared.ownCount(torrent, 4) + this.#shared.ownCount(torrent, 6);
    if (isForSeeder) own -= this.#shared.ownSeeders(torrent, 4) + this.#shared.ownSeeders(torrent, 6);
    else own--; // the asker itself
    this.#remoteLeft = numwant - Math.min(own, Math.ceil(numwant / 2));
    this.#originLimit = Math.ceil(numwant / 3);
  }

  #walk(
    peers: FamilyPeers,
    swarm: number,
    asker: number,
    isForSeeder: boolean,
    wanted: number,
    out: Uint8Array,
  ): number {
    if (wanted === 0 || peers.countOf(swarm) === 0) return 0;
    const { words, entryWords } = peers.blocks;
    const skipped = isForSeeder ? SEEDER_BIT : 0;
    const start = peers.startOf(swarm);
    const size = peers.slotsOf(swarm);
    const bytes = entryWords === 2 ? COMPACT_IPV4_BYTES : COMPACT_IPV6_BYTES;
    this.#seen.fill(NO_ENTRY);
    if (asker >= 0) this.#isNew(words, asker, entryWords);
    let slot = peers.drawSlot(swarm, asker, skipped);
    let given = 0;
    for (let steps = Math.min(size, MAX_WALK); steps > 0 && given < wanted; steps--) {
      const at = start + slot * entryWords;
      slot = (slot + 1) & (size - 1);
      const tail = words[at]!;
      if (tail === 0 || (tail & skipped) !== 0 || !this.#isAllowed(tail)) continue;
      if (!this.#isNew(words, at, entryWords)) continue;
      this.#count(tail);
      peers.writeEntry(at, out, given * bytes);
      given++;
    }
    return given;
  }

  #isAllowed(tail: number): boolean {
    if ((tail & REMOTE_BIT) === 0) return true;
    return this.#remoteLeft > 0 && this.#given[originOf(tail)]! < this.#originLimit;
  }

  #count(tail: number): void {
    if ((tail & REMOTE_BIT) === 0) return;
    this.#remoteLeft--;
    this.#given[originOf(tail)]! += 1;
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
