// What a node shares of its swarms: which co-carriers its torrents have, what changed among its own peers, and the peers
// that co-carriers have sent, kept in the same swarms under the slot of their origin and within limits of their own.

import type { AddressFamily, ScrapeCounts } from '../../shared/protocol/tracker/tracker-messages.ts';
import { AddressCounts } from './address-counts.ts';
import { CarrierLinks, type Link, MAX_STORED_PER_LINK } from './carrier-links.ts';
import { ChangeLog } from './change-log.ts';
import type { FamilyPeers, Swarm, TakenWatcher } from './family-peers.ts';
import { ageMinutes, MAX_ORIGINS, originOf, PeerKey, packRemoteFlags, REMOTE_BIT, SEEDER_BIT } from './peer-entry.ts';
import { LINKS, SWARM4, SWARM6, type Torrent, type TorrentTable } from './torrent-table.ts';

export interface SharedLimits {
  /** Peers kept of one co-carrier and torrent. */
  readonly maxPeersPerLink: number;
  /** Peers of one co-carrier at one address, in all torrents together. */
  readonly maxPeersPerAddress: number;
}

export const DEFAULT_SHARED_LIMITS: SharedLimits = { maxPeersPerLink: 1000, maxPeersPerAddress: 100 };

/** What became of a peer that a co-carrier sent. */
export const PUT_OUTCOMES = ['stored', 'refreshed', 'over-torrent', 'over-memory', 'over-address'] as const;
export type PutOutcome = (typeof PUT_OUTCOMES)[number];

/** The parts of a swarm store, and what it may hold in all. */
export interface SharedParts {
  readonly torrents: TorrentTable;
  readonly peers4: FamilyPeers;
  readonly peers6: FamilyPeers;
  readonly seed: number;
  readonly maxTorrents: number;
  readonly maxPeers: number;
  readonly maxPeersPerTorrent: number;
  /** Own peers are passed on again when they announce in another period of so many minutes. */
  readonly refreshMinutes: number;
}

/** Co-carriers that are remembered, per torrent that may be tracked. */
const LINKS_PER_TORRENT = 4;
/** Of the room for peers, how much those of others may take: all of them, and those of one. */
const REMOTE_SHARE = 0.5;
const ORIGIN_SHARE = 0.25;
const FAMILIES = [4, 6] as const;

export class SharedSwarms {
  readonly links: CarrierLinks;
  readonly log = new ChangeLog();
  readonly #parts: SharedParts;
  readonly #limits: SharedLimits;
  readonly #addresses: AddressCounts;
  readonly #key = new PeerKey();
  /** Peers kept, by slot of their origin. */
  readonly #storedOf = new Int32Array(MAX_ORIGINS);

  constructor(parts: SharedParts, limits: SharedLimits = DEFAULT_SHARED_LIMITS) {
    this.#parts = parts;
    this.#limits = { ...limits, maxPeersPerLink: Math.min(limits.maxPeersPerLink, MAX_STORED_PER_LINK) };
    this.links = new CarrierLinks(parts.torrents.words, parts.maxTorrents * LINKS_PER_TORRENT);
    this.#addresses = new AddressCounts(parts.seed);
    parts.peers4.watcher = this.#watcherOf(4, SWARM4);
    parts.peers6.watcher = this.#watcherOf(6, SWARM6);
  }

  storedOf(slot: number): number {
    return this.#storedOf[slot]!;
  }

  /** Notes an own peer that entered, when others have to hear of it; `before` is its tail until then, 0 for none. */
  noteEntered(
    torrent: Torrent,
    family: AddressFamily,
    key: PeerKey,
    before: number,
    flags: number,
    minute: number,
  ): void {
    if (before !== 0 && ((before ^ flags) & SEEDER_BIT) === 0 && !this.#isDue(before, minute)) return;
    this.log.note(torrent, this.#parts.torrents.words[torrent]!, family, key);
  }

  /** Adds or refreshes a peer of the link's co-carrier; the key's origin is its slot. */
  put(link: Link, family: AddressFamily, key: PeerKey, isSeeder: boolean, minute: number): PutOutcome {
    const slot = this.links.slotOf(link);
    const peers = this.#peersOf(family);
    const swarm = swarmOf(this.links.torrentOf(link), family);
    const flags = packRemoteFlags(isSeeder, minute, slot);
    const at = peers.find(swarm, key);
    if (at >= 0) {
      const wasSeeder = peers.tailAt(at) & SEEDER_BIT;
      this.links.addToStored(link, family, 0, (flags & SEEDER_BIT) - wasSeeder);
      peers.update(swarm, at, flags);
      return 'refreshed';
    }
    const objection = this.#objection(link, slot, family, key);
    if (objection !== undefined) return objection;
    if (peers.add(swarm, key, flags) < 0) return 'over-memory';
    this.links.addToStored(link, family, 1, flags & SEEDER_BIT);
    this.#addresses.add(slot, family, key.word0, key.word1, 1);
    this.#storedOf[slot]! += 1;
    return 'stored';
  }

  /** Removes a peer of the link's co-carrier; those of others and own ones are out of reach. */
  remove(link: Link, family: AddressFamily, key: PeerKey): boolean {
    const peers = this.#peersOf(family);
    const swarm = swarmOf(this.links.torrentOf(link), family);
    const at = peers.find(swarm, key);
    if (at >= 0) peers.remove(swarm, at);
    return at >= 0;
  }

  /** Removes the link's peers, and what its co-carrier reported; returns how many slots that passed. */
  clear(link: Link): number {
    const torrent = this.links.torrentOf(link);
    const slot = this.links.slotOf(link);
    let passed = 0;
    for (const family of FAMILIES) {
      if (this.links.storedOf(link, family) === 0) continue;
      const swarm = swarmOf(torrent, family);
      passed += this.#peersOf(family).slotsOf(swarm);
      this.#peersOf(family).removeOrigin(swarm, slot);
    }
    this.links.report(link, 0, 0);
    return passed;
  }

  /** As `clear`, and the link itself. */
  unlink(link: Link): number {
    const passed = this.clear(link);
    this.links.remove(link);
    return passed;
  }

  /** For a torrent that is carried no longer. */
  unlinkAll(torrent: Torrent): void {
    for (let link = this.links.first(torrent); link !== 0; link = this.links.first(torrent)) this.unlink(link);
  }

  /** Puts what co-carriers report in the place of those of their peers that are kept here. */
  addReported(torrent: Torrent, into: ScrapeCounts): void {
    const { links } = this;
    for (let link = links.first(torrent); link !== 0; link = links.next(link)) {
      const seeders = links.storedSeedersOf(link, 4) + links.storedSeedersOf(link, 6);
      into.seeders += links.reportedSeeders(link) - seeders;
      into.leechers += links.reportedLeechers(link) - (links.storedTotal(link) - seeders);
    }
  }

  /** Own peers of one family, or the seeders among them. */
  ownCount(torrent: Torrent, family: AddressFamily): number {
    let count = this.#peersOf(family).countOf(swarmOf(torrent, family));
    for (let link = this.links.first(torrent); link !== 0; link = this.links.next(link)) {
      count -= this.links.storedOf(link, family);
    }
    return count;
  }

  ownSeeders(torrent: Torrent, family: AddressFamily): number {
    let count = this.#peersOf(family).seedersOf(swarmOf(torrent, family));
    for (let link = this.links.first(torrent); link !== 0; link = this.links.next(link)) {
      count -= this.links.storedSeedersOf(link, family);
    }
    return count;
  }

  /** Whether remote peers are among the torrent's. */
  isMixed(torrent: Torrent): boolean {
    for (let link = this.links.first(torrent); link !== 0; link = this.links.next(link)) {
      if (this.links.storedTotal(link) > 0) return true;
    }
    return false;
  }

  #objection(link: Link, slot: number, family: AddressFamily, key: PeerKey): PutOutcome | undefined {
    const { peers4, peers6, maxPeers, maxPeersPerTorrent } = this.#parts;
    const torrent = this.links.torrentOf(link);
    const peersHere = peers4.countOf(torrent + SWARM4) + peers6.countOf(torrent + SWARM6);
    if (this.links.storedTotal(link) >= this.#limits.maxPeersPerLink) return 'over-torrent';
    if (peersHere >= maxPeersPerTorrent) return 'over-torrent';
    if (this.links.stored >= maxPeers * REMOTE_SHARE) return 'over-memory';
    if (this.#storedOf[slot]! >= maxPeers * ORIGIN_SHARE) return 'over-memory';
    if (peers4.count + peers6.count >= maxPeers) return 'over-memory';
    const atAddress = this.#addresses.count(slot, family, key.word0, key.word1);
    return atAddress >= this.#limits.maxPeersPerAddress ? 'over-address' : undefined;
  }

  #isDue(tail: number, minute: number): boolean {
    const period = this.#parts.refreshMinutes;
    return Math.floor(minute / period) !== Math.floor((minute - ageMinutes(tail, minute)) / period);
  }

  #watcherOf(family: AddressFamily, swarmAt: number): TakenWatcher {
    const { words } = this.#parts.torrents;
    return {
      watches: (swarm) => words[swarm - swarmAt + LINKS] !== 0,
      beforeTaken: (swarm, at) => this.#beforeTaken(swarm - swarmAt, family, at),
    };
  }

  /** An own peer goes: others hear of it. A remote one goes: it is counted no longer. */
  #beforeTaken(torrent: Torrent, family: AddressFamily, at: number): void {
    const { words } = this.#peersOf(family).blocks;
    const tail = words[at]!;
    if ((tail & REMOTE_BIT) === 0) {
      this.#key.setEntry(family, words, at);
      this.log.note(torrent, this.#parts.torrents.words[torrent]!, family, this.#key);
      return;
    }
    const slot = originOf(tail);
    this.links.addToStored(this.links.find(torrent, slot), family, -1, -(tail & SEEDER_BIT));
    this.#addresses.add(slot, family, words[at + 1]!, family === 6 ? words[at + 2]! : 0, -1);
    this.#storedOf[slot]! -= 1;
  }

  #peersOf(family: AddressFamily): FamilyPeers {
    return family === 4 ? this.#parts.peers4 : this.#parts.peers6;
  }
}

function swarmOf(torrent: Torrent, family: AddressFamily): Swarm {
  return torrent + (family === 4 ? SWARM4 : SWARM6);
}
