// Which nodes shall carry a torrent: a pure choice that comes out the same wherever the same nodes are known.

import { parseAddress } from '../../shared/protocol/endpoint.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { rank } from '../../shared/protocol/rendezvous.ts';

/** A node that answers and takes new torrents. */
export interface Candidate {
  readonly id: Id;
  readonly weight: number;
  /** Host of its first URL: an address, or a name. */
  readonly host: string;
  /** Torrents that it carries. */
  readonly carried: number;
}

export interface AllocationQuestion {
  readonly infoHash: InfoHash;
  /** How many nodes to name. */
  readonly wanted: number;
  readonly candidates: readonly Candidate[];
  /** Nodes that carry the torrent already; they come first, so that asking again changes nothing. */
  readonly carriers: ReadonlySet<Id>;
}

/** A node may carry this many times its fair share of the torrents, by weight, before others are preferred. */
const MAX_FAIR_SHARES = 1.25;
/** Loads as small as this say nothing about fairness. */
const MIN_BOUNDED_LOAD = 64;

/** Near networks fail together: a /24 (IPv6 /48) and, less surely, a /16 (IPv6 /32). */
const NARROW_BYTES = { 4: 3, 6: 6 } as const;
const WIDE_BYTES = { 4: 2, 6: 4 } as const;

interface Placed {
  readonly candidate: Candidate;
  readonly narrow: string;
  readonly wide: string;
}

/**
 * Best first, at most `wanted`. Carriers in rendezvous order, then the rest in rendezvous order, those above their fair
 * share last. While enough others exist, no two are in one narrow network, and two in one wide network are avoided.
 */
export function allocate({ infoHash, wanted, candidates, carriers }: AllocationQuestion): Id[] {
  const placed = new Map(candidates.map((candidate) => [candidate.id, place(candidate)]));
  const ranked = rank(infoHash, candidates).map((id) => placed.get(id)!);
  const isOverloaded = overloadTest(candidates);
  const isCarrier = ({ candidate }: Placed): boolean => carriers.has(candidate.id);
  const chosen = ranked.filter(isCarrier).slice(0, wanted);
  const others = ranked.filter((entry) => !isCarrier(entry));
  const inOrder = [
    ...others.filter(({ candidate }) => !isOverloaded(candidate)),
    ...others.filter(({ candidate }) => isOverloaded(candidate)),
  ];
  const isApart = [
    (a: Placed, b: Placed) => a.wide !== b.wide,
    (a: Placed, b: Placed) => a.narrow !== b.narrow,
    () => true,
  ];
  for (const test of isApart) fill(chosen, inOrder, wanted, test);
  return chosen.map(({ candidate }) => candidate.id);
}

function fill(
  chosen: Placed[],
  inOrder: readonly Placed[],
  wanted: number,
  isApart: (a: Placed, b: Placed) => boolean,
): void {
  for (const entry of inOrder) {
    if (chosen.length >= wanted) return;
    if (!chosen.includes(entry) && chosen.every((other) => isApart(entry, other))) chosen.push(entry);
  }
}

function overloadTest(candidates: readonly Candidate[]): (candidate: Candidate) => boolean {
  const carried = candidates.reduce((sum, candidate) => sum + candidate.carried, 0);
  const weight = candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
  return (candidate) =>
    candidate.carried > Math.max(MIN_BOUNDED_LOAD, (MAX_FAIR_SHARES * carried * candidate.weight) / weight);
}

/** A node known by a name is near only to nodes of the same name. */
function place(candidate: Candidate): Placed {
  const bytes = Buffer.alloc(16);
  const family = parseAddress(candidate.host, bytes);
  if (family === 0) return { candidate, narrow: candidate.host, wide: candidate.host };
  return {
    candidate,
    narrow: bytes.toString('hex', 0, NARROW_BYTES[family]),
    wide: bytes.toString('hex', 0, WIDE_BYTES[family]),
  };
}
