// Finds the peers that send damaged pieces. A piece comes in blocks, perhaps of several peers, and only a whole one can be
// verified: a sole sender is guilty, one of several becomes so by and by.

import type { Peer, Torrent, Wire } from 'webtorrent';

/** A piece that failed verification; it is loaded anew. */
export interface Damage {
  readonly piece: number;
  /** Whom its blocks came from: 'address:port', the URL of a web seed, or the peer id where there is neither. */
  readonly peers: readonly string[];
  /** Those of them that are not asked any more. */
  readonly dropped: readonly string[];
}

/** So many damaged pieces of which a peer sent a part, those that turned out well taken off, are its own. */
const MAX_STRIKES = 3;
const FAILED = /^Piece (\d+) failed verification$/;

export class DamageWatch {
  readonly #torrent: Torrent;
  readonly #onDamage: (damage: Damage) => void;
  /** The URLs of web seeds. */
  readonly #urls = new WeakMap<Wire, string>();
  /** Who sent parts of each piece that is not verified yet. */
  readonly #senders = new Map<number, Set<Wire>>();
  readonly #strikes = new Map<string, number>();
  /** By `nameOf`: not let in again. */
  readonly #dropped = new Set<string>();

  constructor(torrent: Torrent, onDamage: (damage: Damage) => void) {
    this.#torrent = torrent;
    this.#onDamage = onDamage;
    torrent.on('wire', (wire) => this.#meet(wire));
    torrent.on('verified', (piece) => this.#forgive(piece));
    torrent.on('warning', (warning) => {
      const [, piece] = FAILED.exec(warning instanceof Error ? warning.message : warning) ?? [];
      if (piece !== undefined) this.#judge(Number(piece));
    });
  }

  #meet(wire: Wire): void {
    if (this.#dropped.has(nameOf(wire))) {
      this.#drop(wire);
      return;
    }
    if (wire.type === 'webSeed') this.#urls.set(wire, this.#peerOf(wire)?.id ?? wire.peerId);
    const request = wire.request.bind(wire);
    // What was not asked for is not taken, and not remembered.
    wire.request = (piece, offset, length, done) => {
      request(piece, offset, length, (error, bytes) => {
        if (error === null) this.#note(piece, wire);
        done(error, bytes);
      });
    };
  }

  #note(piece: number, wire: Wire): void {
    const senders = this.#senders.get(piece) ?? new Set();
    this.#senders.set(piece, senders.add(wire));
  }

  #forgive(piece: number): void {
    for (const name of this.#take(piece).map(nameOf)) {
      const strikes = this.#strikes.get(name) ?? 0;
      if (strikes > 0) this.#strikes.set(name, strikes - 1);
    }
  }

  #judge(piece: number): void {
    const senders = this.#take(piece);
    const guilty = senders.filter((wire) => {
      const strikes = (this.#strikes.get(nameOf(wire)) ?? 0) + 1;
      this.#strikes.set(nameOf(wire), strikes);
      return senders.length === 1 || strikes >= MAX_STRIKES;
    });
    for (const wire of guilty) {
      this.#dropped.add(nameOf(wire)).add(callerName(wire));
      this.#drop(wire);
    }
    const shown = (wires: readonly Wire[]) => wires.map((wire) => this.#urls.get(wire) ?? shownName(wire));
    this.#onDamage({ piece, peers: shown(senders), dropped: shown(guilty) });
  }

  #drop(wire: Wire): void {
    const peer = this.#peerOf(wire);
    // The engine calls again whoever hangs up.
    if (peer !== undefined) peer.retries = Number.POSITIVE_INFINITY;
    wire.destroy();
  }

  #peerOf(wire: Wire): Peer | undefined {
    return [...this.#torrent._peers.values()].find((peer) => peer.wire === wire);
  }

  #take(piece: number): Wire[] {
    const senders = [...(this.#senders.get(piece) ?? [])];
    this.#senders.delete(piece);
    return senders;
  }
}

/** Never by the id of a peer, which it may have from another one: that other would be dropped for it. */
function nameOf(wire: Wire): string {
  return wire.type.endsWith('Incoming') ? callerName(wire) : shownName(wire);
}

/** Whoever calls does so from another port each time. */
function callerName({ remoteAddress, peerId }: Wire): string {
  return `from ${remoteAddress ?? peerId}`;
}

function shownName({ remoteAddress, remotePort, peerId }: Wire): string {
  if (remoteAddress === undefined) return peerId;
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
