// The nodes as candidates for torrents: with the weight that they have earned, and whether they take more.

import type { Id } from '../../shared/protocol/records/record.ts';
import { Allocator, type Candidate } from './allocation.ts';
import type { Carriers } from './carriers.ts';
import type { NodeEntry } from './entry.ts';
import { isSteady, isTrusted } from './liveness.ts';
import { hostOf, type Prefixes, prefixesOf } from './prefixes.ts';
import { Rankings } from './rankings.ts';
import { type Member, primaryUrl, type Registry } from './registry.ts';

/** A node has to prove itself for so long before it gets its whole share. */
export const PROBATION_MS = 7 * 86_400_000;
const PROBATION_SHARE = 0.5;

export class Candidates {
  /** Of all nodes, by weight. */
  readonly #rankings = new Rankings();
  readonly #nodes: Registry<NodeEntry>;
  readonly #carriers: Pick<Carriers, 'countOf'>;
  /** Finding out takes longer than all the rest, and it changes with the record alone. */
  readonly #places = new WeakMap<NodeEntry, Prefixes>();
  /** As of when `#rankings` know the nodes: changes of the registry, and unix ms from which one of them has proved itself. */
  #known = -1;
  #provenAt = Number.POSITIVE_INFINITY;

  constructor(nodes: Registry<NodeEntry>, carriers: Pick<Carriers, 'countOf'>) {
    this.#nodes = nodes;
    this.#carriers = carriers;
  }

  /** What rankings cost so far; see Rankings. */
  get scored(): number {
    return this.#rankings.scored;
  }

  /** Among the nodes that `isNamed` picks, as they are at `now`, unix ms; good until a node comes or goes. */
  allocator(now: number, isNamed: (node: Member<NodeEntry>) => boolean): Allocator {
    this.#update(now);
    let totalCarried = 0;
    let totalWeight = 0;
    for (const member of this.#nodes.values()) {
      if (!isNamed(member)) continue;
      totalCarried += this.#carriers.countOf(member.entry.author);
      totalWeight += weightOf(member, now);
    }
    const candidate = (id: Id): Candidate | undefined => {
      const member = this.#nodes.get(id);
      return member === undefined || !isNamed(member) ? undefined : this.#candidateOf(member, now);
    };
    return new Allocator({ rankings: this.#rankings, candidate, totalCarried, totalWeight });
  }

  #candidateOf(member: Member<NodeEntry>, now: number): Candidate {
    const { entry, liveness } = member;
    let place = this.#places.get(entry);
    if (place === undefined) {
      place = prefixesOf(hostOf(primaryUrl(entry)));
      this.#places.set(entry, place);
    }
    return {
      id: entry.author,
      weight: weightOf(member, now),
      ...place,
      operator: entry.statement.operator?.id,
      carried: this.#carriers.countOf(entry.author),
      isOpen: entry.statement.state === 'open' && isTrusted(liveness, now) && isSteady(liveness, now),
    };
  }

  #update(now: number): void {
    if (this.#known === this.#nodes.changes && now < this.#provenAt) return;
    this.#known = this.#nodes.changes;
    this.#provenAt = Number.POSITIVE_INFINITY;
    for (const member of this.#nodes.values()) {
      this.#rankings.set(member.entry.author, weightOf(member, now));
      const provenAt = member.joinedAt + PROBATION_MS;
      if (provenAt > now) this.#provenAt = Math.min(this.#provenAt, provenAt);
    }
    for (const id of this.#rankings.ids()) if (this.#nodes.get(id) === undefined) this.#rankings.remove(id);
  }
}

function weightOf({ entry, joinedAt }: Member<NodeEntry>, now: number): number {
  const { weight } = entry.statement;
  return now - joinedAt >= PROBATION_MS ? weight : weight * PROBATION_SHARE;
}
