// All swarms of a node: the table of torrents and the peers of both address families, kept in step.

import type { Random } from '../../shared/platform/random.ts';
import {
  type AddressFamily,
  type AnnounceAnswer,
  type AnnounceRequest,
  EVENT_COMPLETED,
  type ScrapeCounts,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import { Dice } from './dice.ts';
import { FamilyPeers } from './family-peers.ts';
import { MemoryBudget } from './memory-budget.ts';
import { MixedSelection } from './mixed-selection.ts';
import { mayBeIdentity, PeerKey, packFlags, SEEDER_BIT } from './peer-entry.ts';
import { type SharedLimits, SharedSwarms } from './shared-swarms.ts';
import { LINKS, SWARM4, SWARM6, type Torrent, TorrentTable } from './torrent-table.ts';

/** What the store may hold: address space is reserved for all of it, memory is used only for what comes. */
export interface StoreLimits {
  readonly maxTorrents: number;
  /** Both families together. */
  readonly maxPeers: number;
  /** Both families together; MAX_PEERS_PER_TORRENT of tracker-options.ts at most. */
  readonly maxPeersPerTorrent: number;
  /** For torrents and peers, taken into use in steps of 1 to 3 MiB; without a limit when left out. */
  readonly maxMemoryBytes?: number | undefined;
  /** For peers of co-carriers; the usual ones when left out. */
  readonly shared?: SharedLimits | undefined;
  /** See SharedParts; a third of the usual lifetime when left out. */
  readonly refreshMinutes?: number | undefined;
}

const REFRESH_MINUTES = 15;

/** Swarms that exist grow on when the store is fuller than this, but no new ones begin. */
const NEW_TORRENT_FILL = 0.9;

export class SwarmStore {
  readonly torrents: TorrentTable;
  readonly peers4: FamilyPeers;
  readonly peers6: FamilyPeers;
  /** Downloads counted in all torrents, those forgotten since too. */
  completed = 0;
  readonly shared: SharedSwarms;
  readonly #mixed: MixedSelection;
  readonly #limits: StoreLimits;
  readonly #budget: MemoryBudget;
  readonly #key = new PeerKey();

  constructor(limits: StoreLimits, random: Random) {
    this.#limits = limits;
    const dice = new Dice(random);
    const seed = random.uint32() | 0;
    const budget = new MemoryBudget(limits.maxMemoryBytes);
    this.#budget = budget;
    this.torrents = new TorrentTable(limits.maxTorrents, seed, budget);
    this.peers4 = new FamilyPeers(4, this.torrents.words, limits.maxPeers, seed, dice, budget);
    this.peers6 = new FamilyPeers(6, this.torrents.words, limits.maxPeers, seed, dice, budget);
    const { torrents, peers4, peers6 } = this;
    const parts = {
      ...limits,
      refreshMinutes: limits.refreshMinutes ?? REFRESH_MINUTES,
      torrents,
      peers4,
      peers6,
      seed,
    };
    this.shared = new SharedSwarms(parts, limits.shared);
    this.#mixed = new MixedSelection(peers4, peers6, this.shared, dice);
  }

  /** All that grows with torrents and peers; reserved whole, used from the beginning on. */
  get arrays(): readonly Int32Array[] {
    return [...this.torrents.arrays, this.peers4.blocks.words, this.peers6.blocks.words];
  }

  /** How much of the room for peers, or of the memory, is used: 0 to 1, whichever is more. */
  get fill(): number {
    const peers = this.peers4.count + this.peers6.count;
    const freeBytes = this.peers4.blocks.arena.freeBytes + this.peers6.blocks.arena.freeBytes;
    return Math.max(peers / this.#limits.maxPeers, (this.#budget.usedBytes - freeBytes) / this.#budget.limitBytes);
  }

  /** Whether a torrent may begin: refused before peers of torrents that are known. */
  get takesTorrents(): boolean {
    return !this.torrents.isFull && this.fill < NEW_TORRENT_FILL;
  }

  /** Whether there is no room for another peer, wherever it announces. */
  get isFull(): boolean {
    return this.peers4.count + this.peers6.count >= this.#limits.maxPeers;
  }

  /**
   * Adds or refreshes the asker, and counts its download the first time that it says so; returns the place of its entry,
   * or -1 when a limit forbids one more.
   */
  enter(torrent: Torrent, request: AnnounceRequest, minute: number): number {
    const isCompleted = request.event === EVENT_COMPLETED;
    const flags = packFlags(request.isSeeder || isCompleted, minute, request.identity);
    const peers = this.#peersOf(request.family);
    const swarm = swarmOf(torrent, request.family);
    this.#key.set(request.family, request.address, request.port);
    let at = peers.find(swarm, this.#key);
    const before = at < 0 ? 0 : peers.tailAt(at);
    const wasSeeder = (before & SEEDER_BIT) !== 0;
    if (at >= 0) {
      peers.update(swarm, at, flags);
    } else {
      if (this.isFull || this.peerCount(torrent) >= this.#limits.maxPeersPerTorrent) return -1;
      at = peers.add(swarm, this.#key, flags);
    }
    if (isCompleted && !wasSeeder && at >= 0) {
      this.completed++;
      this.torrents.countDownload(torrent);
    }
    if (at >= 0 && this.torrents.words[torrent + LINKS] !== 0) {
      this.shared.noteEntered(torrent, request.family, this.#key, before, flags, minute);
    }
    return at;
  }

  /** Puts back an own peer of an earlier life, unless there is one already or no room; nobody is told of it. */
  restore(
    torrent: Torrent,
    family: AddressFamily,
    key: PeerKey,
    isSeeder: boolean,
    minute: number,
    fingerprint: number,
  ): boolean {
    const peers = this.#peersOf(family);
    const swarm = swarmOf(torrent, family);
    if (this.isFull || this.peerCount(torrent) >= this.#limits.maxPeersPerTorrent) return false;
    return peers.find(swarm, key) < 0 && peers.add(swarm, key, packFlags(isSeeder, minute, fingerprint)) >= 0;
  }

  /** Takes back an own peer of an earlier life, if it is there. */
  unrestore(torrent: Torrent, family: AddressFamily, key: PeerKey): void {
    const peers = this.#peersOf(family);
    const swarm = swarmOf(torrent, family);
    const at = peers.find(swarm, key);
    if (at >= 0) peers.remove(swarm, at);
  }

  /** Removes the asker, unless another client has taken its address and port meanwhile. */
  leave(torrent: Torrent, request: AnnounceRequest): void {
    const peers = this.#peersOf(request.family);
    const swarm = swarmOf(torrent, request.family);
    this.#key.set(request.family, request.address, request.port);
    const at = peers.find(swarm, this.#key);
    if (at >= 0 && mayBeIdentity(peers.tailAt(at), request.identity)) peers.remove(swarm, at);
  }

  /**
   * Fills the answer with `request.numwant` peers, or all there are. The asker's own family comes first, since that is
   * how it is known to reach others; the other one fills up. `asker` is the place of its entry.
   */
  choosePeers(torrent: Torrent, request: AnnounceRequest, asker: number, answer: AnnounceAnswer): void {
    if (this.torrents.words[torrent + LINKS] !== 0 && this.shared.isMixed(torrent)) {
      this.#mixed.choose(torrent, request, asker, answer);
      return;
    }
    const { isSeeder, numwant, isOneFamily } = request;
    const swarm4 = torrent + SWARM4;
    const swarm6 = torrent + SWARM6;
    if (request.family === 4) {
      answer.peers4Count = this.peers4.select(swarm4, asker, isSeeder, numwant, answer.view4);
      const left = isOneFamily ? 0 : numwant - answer.peers4Count;
      answer.peers6Count = this.peers6.select(swarm6, -1, isSeeder, left, answer.view6);
    } else {
      answer.peers6Count = this.peers6.select(swarm6, asker, isSeeder, numwant, answer.view6);
      const left = isOneFamily ? 0 : numwant - answer.peers6Count;
      answer.peers4Count = this.peers4.select(swarm4, -1, isSeeder, left, answer.view4);
    }
  }

  /** The own peers and those that co-carriers report; zeroes for no torrent. */
  count(torrent: Torrent, into: ScrapeCounts): void {
    const isKnown = torrent !== 0;
    into.seeders = isKnown ? this.peers4.seedersOf(torrent + SWARM4) + this.peers6.seedersOf(torrent + SWARM6) : 0;
    into.leechers = isKnown ? this.peerCount(torrent) - into.seeders : 0;
    into.downloaded = isKnown ? this.torrents.downloaded(torrent) : 0;
    if (isKnown && this.torrents.words[torrent + LINKS] !== 0) this.shared.addReported(torrent, into);
  }

  peerCount(torrent: Torrent): number {
    return this.peers4.countOf(torrent + SWARM4) + this.peers6.countOf(torrent + SWARM6);
  }

  /** Slots that a walk over the peers of the torrent passes. */
  slotCount(torrent: Torrent): number {
    return this.peers4.slotsOf(torrent + SWARM4) + this.peers6.slotsOf(torrent + SWARM6);
  }

  /** Removes the peers whose last announce is more than `lifetimeMinutes` ago; returns how many. */
  expire(torrent: Torrent, minute: number, lifetimeMinutes: number): number {
    return (
      this.peers4.expire(torrent + SWARM4, minute, lifetimeMinutes) +
      this.peers6.expire(torrent + SWARM6, minute, lifetimeMinutes)
    );
  }

  /** Co-carriers' peers are gone before: see SharedSwarms. */
  removePeers(torrent: Torrent): void {
    this.peers4.clear(torrent + SWARM4);
    this.peers6.clear(torrent + SWARM6);
  }

  /** Forgets the torrent when nothing keeps it: no peer, and not planted. */
  forgetIfUnused(torrent: Torrent): void {
    if (this.peerCount(torrent) === 0 && !this.torrents.isPlanted(torrent)) this.torrents.remove(torrent);
  }

  #peersOf(family: AddressFamily): FamilyPeers {
    return family === 4 ? this.peers4 : this.peers6;
  }
}

function swarmOf(torrent: Torrent, family: AddressFamily): number {
  return torrent + (family === 4 ? SWARM4 : SWARM6);
}
