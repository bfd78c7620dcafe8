// Which nodes shall carry a torrent: a pure choice that comes out the same wherever the same nodes are known.

import type { Id } from '../../shared/protocol/records/record.ts';
import { byScore, groupKey, scoreOf } from '../../shared/protocol/sets/rendezvous.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Prefixes } from './prefixes.ts';
import type { Rankings } from './rankings.ts';

/** A node that carries torrents, or may. */
export interface Candidate extends Prefixes {
  readonly id: Id;
  readonly weight: number;
  /** Who runs it; nothing when it does not say. */
  readonly operator: Id | undefined;
  /** Torrents that it carries. */
  readonly carried: number;
  /** Whether it takes torrents that it does not carry yet. */
  readonly isOpen: boolean;
}

/** The nodes that may be named. */
export interface Field {
  /** Of these nodes, and maybe others. */
  readonly rankings: Pick<Rankings, 'of' | 'idOf'>;
  /** undefined: not to be named. */
  readonly candidate: (id: Id) => Candidate | undefined;
  /** Of all candidates. */
  readonly totalCarried: number;
  readonly totalWeight: number;
}

export interface AllocationQuestion {
  readonly infoHash: InfoHash;
  /** How many nodes to name. */
  readonly wanted: number;
  /** Nodes that carry the torrent already; they come first, so that asking again changes nothing. */
  readonly carriers: ReadonlySet<Id>;
  /** Nodes that shall not be named anew. */
  readonly except?: ReadonlySet<Id>;
}

/** A node may carry this many times its fair share of the torrents, by weight, before others are preferred. */
const MAX_FAIR_SHARES = 1.25;
/** Loads as small as this say nothing about fairness. */
const MIN_BOUNDED_LOAD = 64;

type Distance = (a: Candidate, b: Candidate) => boolean;

const areApart: Distance = (a, b) => a.narrow !== b.narrow && (a.operator === undefined || a.operator !== b.operator);
/** Strictest first. */
const DISTANCES: readonly Distance[] = [(a, b) => a.wide !== b.wide && areApart(a, b), areApart, () => true];

/** Answers questions about one field of nodes, as long as that stays the same. */
export class Allocator {
  readonly #field: Field;
  /** By slot of the rankings, as far as anybody has looked. */
  readonly #candidates: (Candidate | null)[] = [];

  constructor(field: Field) {
    this.#field = field;
  }

  /**
   * Best first, at most `wanted`. Carriers in rendezvous order, then open nodes in rendezvous order, those above their
   * fair share last. While enough others exist, no two are of one operator or in one narrow network, and two in one wide
   * network are avoided.
   */
  allocate({ infoHash, wanted, carriers, except }: AllocationQuestion): Id[] {
    const key = groupKey(infoHash);
    const chosen = this.#rankFew(key, carriers).slice(0, wanted);
    const isLeftOut = (id: Id): boolean => carriers.has(id) || except?.has(id) === true;
    for (const distance of DISTANCES) {
      for (const isOverloaded of [false, true]) this.#fill(chosen, wanted, key, { distance, isOverloaded, isLeftOut });
    }
    return chosen.map(({ id }) => id);
  }

  #rankFew(key: string, ids: Iterable<Id>): Candidate[] {
    const candidates = [...ids].flatMap((id) => this.#field.candidate(id) ?? []);
    const scored = candidates.map((candidate) => {
      const { id, weight } = candidate;
      return { id, candidate, score: scoreOf(key, id, weight) };
    });
    return scored.sort(byScore).map(({ candidate }) => candidate);
  }

  /** Adds open nodes that are far enough from those chosen, in rendezvous order, until there are enough. */
  #fill(
    chosen: Candidate[],
    wanted: number,
    key: string,
    rules: { distance: Distance; isOverloaded: boolean; isLeftOut: (id: Id) => boolean },
  ): void {
    if (chosen.length >= wanted) return;
    for (const slot of this.#field.rankings.of(key)) {
      const candidate = this.#candidateAt(slot);
      if (candidate === null || !candidate.isOpen || this.#isOverloaded(candidate) !== rules.isOverloaded) continue;
      if (chosen.includes(candidate) || rules.isLeftOut(candidate.id)) continue;
      if (chosen.every((other) => rules.distance(candidate, other))) chosen.push(candidate);
      if (chosen.length >= wanted) return;
    }
  }

  #candidateAt(slot: number): Candidate | null {
    const known = this.#candidates[slot];
    if (known !== undefined) return known;
    const candidate = this.#field.candidate(this.#field.rankings.idOf(slot)) ?? null;
    this.#candidates[slot] = candidate;
    return candidate;
  }

  #isOverloaded({ carried, weight }: Candidate): boolean {
    const { totalCarried, totalWeight } = this.#field;
    return carried > Math.max(MIN_BOUNDED_LOAD, (MAX_FAIR_SHARES * totalCarried * weight) / totalWeight);
  }
}
