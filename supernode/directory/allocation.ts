// Which nodes shall carry a torrent: a pure choice that comes out the same wherever the same nodes are known.

import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { groupKey, rank } from '../../shared/protocol/rendezvous.ts';
import { type Prefixes, prefixesOf } from './prefixes.ts';

/** A node that carries torrents, or may. */
export interface Candidate {
  readonly id: Id;
  readonly weight: number;
  /** Host of its first URL: an address, or a name. */
  readonly host: string;
  /** Who runs it; nothing when it does not say. */
  readonly operator: Id | undefined;
  /** Torrents that it carries. */
  readonly carried: number;
  /** Whether it takes torrents that it does not carry yet. */
  readonly isOpen: boolean;
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

/** Rankings kept: those of the groups that are asked for at the same time. */
const MAX_RANKINGS = 256;

interface Placed extends Prefixes {
  readonly candidate: Candidate;
  readonly isOverloaded: boolean;
}

type Distance = (a: Placed, b: Placed) => boolean;

const areApart: Distance = (a, b) =>
  a.narrow !== b.narrow && (a.candidate.operator === undefined || a.candidate.operator !== b.candidate.operator);
/** Strictest first. */
const DISTANCES: readonly Distance[] = [(a, b) => a.wide !== b.wide && areApart(a, b), areApart, () => true];

/** Answers questions about one set of nodes. */
export class Allocator {
  readonly #placed: ReadonlyMap<Id, Placed>;
  readonly #candidates: readonly Candidate[];
  /** By group of info hashes. */
  readonly #rankings = new Map<string, readonly Placed[]>();

  constructor(candidates: readonly Candidate[]) {
    const isOverloaded = overloadTest(candidates);
    this.#candidates = candidates;
    this.#placed = new Map(
      candidates.map((candidate) => [
        candidate.id,
        { candidate, isOverloaded: isOverloaded(candidate), ...prefixesOf(candidate.host) },
      ]),
    );
  }

  /**
   * Best first, at most `wanted`. Carriers in rendezvous order, then open nodes in rendezvous order, those above their
   * fair share last. While enough others exist, no two are of one operator or in one narrow network, and two in one wide
   * network are avoided.
   */
  allocate({ infoHash, wanted, carriers, except }: AllocationQuestion): Id[] {
    const ranked = this.#ranked(infoHash);
    const chosen = ranked.filter(({ candidate }) => carriers.has(candidate.id)).slice(0, wanted);
    const others = ranked.filter(({ candidate: { id, isOpen } }) => isOpen && !carriers.has(id) && !except?.has(id));
    const inOrder = [
      ...others.filter(({ isOverloaded }) => !isOverloaded),
      ...others.filter(({ isOverloaded }) => isOverloaded),
    ];
    for (const distance of DISTANCES) fill(chosen, inOrder, wanted, distance);
    return chosen.map(({ candidate }) => candidate.id);
  }

  #ranked(infoHash: InfoHash): readonly Placed[] {
    const key = groupKey(infoHash);
    let ranked = this.#rankings.get(key);
    if (ranked === undefined) {
      ranked = rank(key, this.#candidates).map((id) => this.#placed.get(id)!);
      if (this.#rankings.size >= MAX_RANKINGS) this.#rankings.clear();
      this.#rankings.set(key, ranked);
    }
    return ranked;
  }
}

function fill(chosen: Placed[], inOrder: readonly Placed[], wanted: number, areApart: Distance): void {
  for (const entry of inOrder) {
    if (chosen.length >= wanted) return;
    if (!chosen.includes(entry) && chosen.every((other) => areApart(entry, other))) chosen.push(entry);
  }
}

function overloadTest(candidates: readonly Candidate[]): (candidate: Candidate) => boolean {
  const carried = candidates.reduce((sum, candidate) => sum + candidate.carried, 0);
  const weight = candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
  return (candidate) =>
    candidate.carried > Math.max(MIN_BOUNDED_LOAD, (MAX_FAIR_SHARES * carried * candidate.weight) / weight);
}
