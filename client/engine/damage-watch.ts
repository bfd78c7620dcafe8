// Finds the peers that send damaged pieces. A piece comes in blocks, perhaps of several peers, and only a whole one can be
// verified: a sole sender is guilty, one of several becomes so by and by.

import type { Torrent, Wire } from 'webtorrent';

/** A piece that failed verification; it is loaded anew. */
export interface Damage {
  readonly piece: number;
  /** Whom its blocks came from: 'address:port', or the peer id where there is no address. */
  readonly peers: readonly string[];
  /** Those of them that are not asked any more. */
  readonly dropped: readonly string[];
}

/** So many damaged pieces of which a peer sent a part, those that turned out well taken off, are its own. */
const MAX_STRIKES = 3;
const FAILED = /^Piece (\d+) failed verification$/;

export class DamageWatch {
  readonly #onDamage: (damage: Damage) => void;
  /** Who sent parts of each piece that is not verified yet. */
  readonly #senders = new Map<number, Set<Wire>>();
  readonly #strikes = new Map<string, number>();
  /** Peer ids, and addresses with ports, that are not let in again. */
  readonly #dropped = new Set<string>();

  constructor(torrent: Torrent, onDamage: (damage: Damage) => void) {
    this.#onDamage = onDamage;
    torrent.on('wire', (wire) => this.#meet(wire));
    torrent.on('verified', (piece) => this.#forgive(piece));
    torrent.on('warning', (warning) => {
      const [, piece] = FAILED.exec(warning instanceof Error ? warning.message : warning) ?? [];
      if (piece !== undefined) this.#judge(Number(piece));
    });
  }

  #meet(wire: Wire): void {
    if (namesOf(wire).some((name) => this.#dropped.has(name))) {
      wire.destroy();
      return;
    }
    wire.on('piece', (piece) => {
      const senders = this.#senders.get(piece) ?? new Set();
      this.#senders.set(piece, senders.add(wire));
    });
  }

  #forgive(piece: number): void {
    for (const { peerId } of this.#take(piece)) {
      const strikes = this.#strikes.get(peerId) ?? 0;
      if (strikes > 0) this.#strikes.set(peerId, strikes - 1);
    }
  }

  #judge(piece: number): void {
    const senders = this.#take(piece);
    const guilty = senders.filter(({ peerId }) => {
      const strikes = (this.#strikes.get(peerId) ?? 0) + 1;
      this.#strikes.set(peerId, strikes);
      return senders.length === 1 || strikes >= MAX_STRIKES;
    });
    for (const wire of guilty) {
      for (const name of namesOf(wire)) this.#dropped.add(name);
      wire.destroy();
    }
    this.#onDamage({ piece, peers: senders.map(shownName), dropped: guilty.map(shownName) });
  }

  #take(piece: number): Wire[] {
    const senders = [...(this.#senders.get(piece) ?? [])];
    this.#senders.delete(piece);
    return senders;
  }
}

/** A peer that called us does so from another port the next time. */
function namesOf(wire: Wire): string[] {
  return wire.type.endsWith('Incoming') ? [wire.peerId] : [wire.peerId, shownName(wire)];
}

function shownName({ remoteAddress, remotePort, peerId }: Wire): string {
  if (remoteAddress === undefined) return peerId;
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
