// The tracker as sharing sees it: carried torrents, their co-carriers, its own peers as they are at the moment, and a
// way in for those of others. Nothing here is on the road of an announce.

import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { type AddressFamily, COMPACT_IPV6_BYTES } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Link } from './carrier-links.ts';
import type { ChangeLog, LoggedChange } from './change-log.ts';
import type { MinuteClock } from './minute-clock.ts';
import { ageMinutes, originOf, type PeerKey, REMOTE_BIT, SEEDER_BIT } from './peer-entry.ts';
import type { PutOutcome, SharedSwarms } from './shared-swarms.ts';
import type { SwarmStore } from './swarm-store.ts';
import { SWARM4, SWARM6, type Torrent } from './torrent-table.ts';

export class TrackerSharing {
  readonly shared: SharedSwarms;
  readonly log: ChangeLog;
  readonly #store: SwarmStore;
  readonly #clock: MinuteClock;
  readonly #lifetimeMinutes: number;
  readonly #scratch = new Uint8Array(COMPACT_IPV6_BYTES);
  readonly #scratchView = new DataView(this.#scratch.buffer);

  constructor(store: SwarmStore, clock: MinuteClock, lifetimeMinutes: number) {
    this.shared = store.shared;
    this.log = store.shared.log;
    this.#store = store;
    this.#clock = clock;
    this.#lifetimeMinutes = lifetimeMinutes;
  }

  minuteAt(nowMs: number): number {
    return this.#clock.minuteAt(Math.floor(nowMs / 1000));
  }

  /** The carried torrent whose 20-byte hash is at `offset`, or 0. */
  findCarried(infoHash: Uint8Array, offset: number): Torrent {
    const { torrents } = this.#store;
    const torrent = torrents.find(infoHash, offset);
    return torrent !== 0 && torrents.isPlanted(torrent) ? torrent : 0;
  }

  /** Whether the entry's torrent is still the one it was noted for. */
  isCurrent({ torrent, hashWord }: LoggedChange): boolean {
    const { torrents } = this.#store;
    return torrents.isUsed(torrent) && torrents.words[torrent] === hashWord;
  }

  infoHash(torrent: Torrent): InfoHash {
    return this.#store.torrents.infoHash(torrent);
  }

  writeInfoHash(torrent: Torrent, out: Buffer, at: number): void {
    this.#store.torrents.writeInfoHash(torrent, out, at);
  }

  /** First byte of the torrent's info hash. */
  bucketOf(torrent: Torrent): number {
    return this.#store.torrents.words[torrent]! >>> 24;
  }

  /** Peers of all origins: how large the swarm is for a client. */
  swarmSize(torrent: Torrent): number {
    return this.#store.peerCount(torrent);
  }

  ownSeeders(torrent: Torrent): number {
    return this.shared.ownSeeders(torrent, 4) + this.shared.ownSeeders(torrent, 6);
  }

  ownPeers(torrent: Torrent): number {
    return this.shared.ownCount(torrent, 4) + this.shared.ownCount(torrent, 6);
  }

  /** Writes what an own peer is now to `into` (reused); false when there is none with this key. */
  findOwn(torrent: Torrent, family: AddressFamily, key: PeerKey, minute: number, into: OwnPeerState): boolean {
    const peers = family === 4 ? this.#store.peers4 : this.#store.peers6;
    const at = peers.find(torrent + (family === 4 ? SWARM4 : SWARM6), key);
    if (at < 0) return false;
    into.isSeeder = (peers.tailAt(at) & SEEDER_BIT) !== 0;
    into.ageMinutes = ageMinutes(peers.tailAt(at), minute);
    into.fingerprint = originOf(peers.tailAt(at));
    return true;
  }

  /** Shows `take` own peers of one family until it has taken `max` of them; the entry that it gets is reused. */
  eachOwn(torrent: Torrent, family: AddressFamily, minute: number, max: number, take: OwnPeerTaker): void {
    const peers = family === 4 ? this.#store.peers4 : this.#store.peers6;
    const swarm = torrent + (family === 4 ? SWARM4 : SWARM6);
    const { words, entryWords } = peers.blocks;
    const start = peers.startOf(swarm);
    const end = start + peers.slotsOf(swarm) * entryWords;
    let left = max;
    for (let at = start; at < end && left > 0; at += entryWords) {
      const tail = words[at]!;
      if (tail === 0 || (tail & REMOTE_BIT) !== 0) continue;
      peers.writeEntry(at, this.#scratchView, 0);
      if (take(this.#scratch, (tail & SEEDER_BIT) !== 0, ageMinutes(tail, minute), originOf(tail))) left--;
    }
  }

  /** As `put` of SharedSwarms, for a peer whose last announce was some minutes ago. */
  put(
    link: Link,
    family: AddressFamily,
    key: PeerKey,
    isSeeder: boolean,
    minute: number,
    ageInMinutes: number,
  ): PutOutcome | 'expired' {
    if (ageInMinutes > this.#lifetimeMinutes) return 'expired';
    return this.shared.put(link, family, key, isSeeder, minute - ageInMinutes);
  }
}

/** What `findOwn` fills in. */
export class OwnPeerState {
  isSeeder = false;
  ageMinutes = 0;
  /** Of its identity. */
  fingerprint = 0;
}

/** Gets a compact entry (address, then port), and says whether it counts. */
export type OwnPeerTaker = (entry: Uint8Array, isSeeder: boolean, ageInMinutes: number, fingerprint: number) => boolean;
