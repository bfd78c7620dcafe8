// The nodes, or the supernodes, that this supernode knows: their newest record and how they answer.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { MemberEntry } from './entry.ts';
import {
  afterAnswer,
  afterFailure,
  afterMiss,
  isTrusted,
  type Liveness,
  MAX_PROBE_DELAY_MS,
  neverProbed,
} from './liveness.ts';

export interface Member<Of extends MemberEntry = MemberEntry> {
  readonly entry: Of;
  readonly liveness: Liveness;
  /** Unix ms of the next ping. */
  readonly probeAt: number;
  /** Unix ms of its first record; outlives restarts and moves. */
  readonly joinedAt: number;
  /** Where it is called and clients are sent: the first of its URLs that answers here. */
  readonly url: string;
}

export class Registry<Of extends MemberEntry> {
  /** Grows whenever a member comes, goes, makes a new record, falls or comes back. */
  changes = 0;
  readonly #members = new Map<Id, Member<Of>>();
  /** All ids in their order; undefined after somebody came or went: sorting thousands for each page would take milliseconds. */
  #sorted: readonly Id[] | undefined;

  get size(): number {
    return this.#members.size;
  }

  get(id: Id): Member<Of> | undefined {
    return this.#members.get(id);
  }

  /** Whoever says to be elsewhere has to answer there before it is trusted again. */
  put(entry: Of, now: number): void {
    const held = this.#members.get(entry.author);
    if (held === undefined) this.#sorted = undefined;
    const { liveness, probeAt, url } =
      held !== undefined && isSamePlace(held.entry, entry)
        ? held
        : { liveness: neverProbed(now), probeAt: now, url: primaryUrl(entry) };
    this.#members.set(entry.author, { entry, liveness, probeAt, joinedAt: held?.joinedAt ?? now, url });
    this.changes++;
  }

  /** Remembers when somebody known came first, unix ms. */
  setJoined(id: Id, joinedAt: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.set(id, { ...member, joinedAt });
    this.changes++;
  }

  remove(id: Id): void {
    if (this.#members.delete(id)) this.#sorted = undefined;
    this.changes++;
  }

  /** Notes that an own ping was missed, while others are asked. */
  noteMiss(id: Id): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, liveness: afterMiss(member.liveness) });
  }

  /** Notes how a ping ended; `isReached` is false for an answer that another supernode passed on. */
  note(id: Id, isAnswered: boolean, now: number, isReached = true): Liveness | undefined {
    const member = this.#members.get(id);
    if (member === undefined) return undefined;
    const liveness = isAnswered ? afterAnswer(member.liveness, now, isReached) : afterFailure(member.liveness, now);
    this.#members.set(id, { ...member, liveness });
    if (liveness.state !== member.liveness.state) this.changes++;
    return liveness;
  }

  /** It answers at this one of its URLs. */
  settle(id: Id, url: string): void {
    const member = this.#members.get(id);
    if (member !== undefined && member.url !== url) this.#members.set(id, { ...member, url });
  }

  /** Sets when the member is pinged next. */
  schedule(id: Id, probeAt: number): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, probeAt });
  }

  /** Those whose ping is due. */
  *due(now: number): Generator<Member<Of>> {
    for (const member of this.#members.values()) {
      if (member.probeAt <= now || member.probeAt > now + MAX_PROBE_DELAY_MS) yield member;
    }
  }

  values(): MapIterator<Member<Of>> {
    return this.#members.values();
  }

  /** Those that clients and planters may be sent to. */
  trusted(now: number): Member<Of>[] {
    return [...this.#members.values()].filter(({ liveness }) => isTrusted(liveness, now));
  }

  /** At most `max` members in the order of their ids, from the first one after `after`. */
  page(after: string, max: number): Member<Of>[] {
    this.#sorted ??= [...this.#members.keys()].sort();
    const start = this.#sorted.findIndex((id) => id > after);
    return start === -1 ? [] : this.#sorted.slice(start, start + max).map((id) => this.#members.get(id)!);
  }
}

/** The URL that the operator of a member named first. */
export function primaryUrl(entry: MemberEntry): string {
  return entry.statement.urls[0]!;
}

/** Whether two records of a member name the same URLs. */
export function isSamePlace(one: MemberEntry, other: MemberEntry): boolean {
  return one.statement.urls.join() === other.statement.urls.join();
}
