// Swarms of clients that are reached over the socket they announced on: what browsers need to be introduced to each other.

import type { Random } from '../../shared/platform/random.ts';

/** A client in one swarm. */
export interface SocketPeer<Client> {
  readonly peerId: string;
  readonly client: Client;
  isSeeder: boolean;
}

/** Peers that a selection passes at most: where leechers are rare, a seeder is given fewer of them. */
const MAX_WALK = 1000;

/** The peers of one torrent, by peer id. */
class SocketSwarm<Client> {
  readonly peers: SocketPeer<Client>[] = [];
  readonly places = new Map<string, number>();
  seeders = 0;

  find(peerId: string): SocketPeer<Client> | undefined {
    const place = this.places.get(peerId);
    return place === undefined ? undefined : this.peers[place];
  }

  add(peer: SocketPeer<Client>): void {
    this.places.set(peer.peerId, this.peers.length);
    this.peers.push(peer);
    if (peer.isSeeder) this.seeders++;
  }

  /** The last peer takes the place of the one that goes. */
  remove(peerId: string): void {
    const place = this.places.get(peerId)!;
    const peer = this.peers[place]!;
    const last = this.peers.pop()!;
    this.places.delete(peerId);
    if (last !== peer) {
      this.peers[place] = last;
      this.places.set(last.peerId, place);
    }
    if (peer.isSeeder) this.seeders--;
  }
}

/** All swarms; `Client` is whatever stands for a connection. */
export class SocketSwarms<Client> {
  readonly #swarms = new Map<string, SocketSwarm<Client>>();
  readonly #random: Random;
  /** Peers in all swarms. */
  count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Adds or refreshes a peer; one with this id on another connection is replaced: the client came back. */
  enter(infoHash: string, peerId: string, client: Client, isSeeder: boolean): void {
    this.leave(infoHash, peerId);
    let swarm = this.#swarms.get(infoHash);
    if (swarm === undefined) {
      swarm = new SocketSwarm();
      this.#swarms.set(infoHash, swarm);
    }
    swarm.add({ peerId, client, isSeeder });
    this.count++;
  }

  /** Removes a peer if it is there, and if it is that client's when one is named. */
  leave(infoHash: string, peerId: string, client?: Client): void {
    const swarm = this.#swarms.get(infoHash);
    const peer = swarm?.find(peerId);
    if (swarm === undefined || peer === undefined || (client !== undefined && peer.client !== client)) return;
    swarm.remove(peerId);
    this.count--;
    if (swarm.peers.length === 0) this.#swarms.delete(infoHash);
  }

  find(infoHash: string, peerId: string): SocketPeer<Client> | undefined {
    return this.#swarms.get(infoHash)?.find(peerId);
  }

  counts(infoHash: string): { seeders: number; leechers: number } {
    const swarm = this.#swarms.get(infoHash);
    const seeders = swarm?.seeders ?? 0;
    return { seeders, leechers: (swarm?.peers.length ?? 0) - seeders };
  }

  /** Up to `wanted` peers for this one, from a random place on: not itself, and no seeders for a seeder. */
  choose(infoHash: string, asker: SocketPeer<Client>, wanted: number): SocketPeer<Client>[] {
    const peers = this.#swarms.get(infoHash)?.peers ?? [];
    const chosen: SocketPeer<Client>[] = [];
    const start = this.#random.uint32();
    const steps = Math.min(peers.length, MAX_WALK);
    for (let step = 0; step < steps && chosen.length < wanted; step++) {
      const peer = peers[(start + step) % peers.length]!;
      if (peer !== asker && !(peer.isSeeder && asker.isSeeder)) chosen.push(peer);
    }
    return chosen;
  }
}
