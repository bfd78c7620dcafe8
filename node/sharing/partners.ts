// The nodes that carry something which this node carries: a slot for each, under which its peers are kept, where it is
// reached, and how far both sides are in telling each other.

import { hash } from 'node:crypto';
import type { Opened } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { NodeStatement } from '../../shared/protocol/records/statements.ts';
import { MAX_ORIGINS } from '../tracker/peer-entry.ts';
import { CallRate } from './call-rate.ts';
import type { Inbox } from './inbox.ts';
import type { Outbox } from './outbox.ts';

export interface Partner {
  readonly id: Id;
  /** 0-255: the origin in the entries of its peers. */
  readonly slot: number;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  /** Base URLs, those of its newest record; empty while none is known. */
  urls: readonly string[];
  /** The operator wants nothing of it: see `forgetOrigin`. */
  isMuted: boolean;
  /** Unix ms before which own peers are not counted for it again. */
  nextCensusAt: number;
  /** Of its calls that are answered; one that waits for answers makes no more. */
  readonly calls: CallRate;
}

/** What is kept of a node that may become a partner. */
export interface KnownNode {
  readonly record: Uint8Array;
  readonly seq: number;
  readonly urls: readonly string[];
}

/** Of one partner: a large synchronisation at once, then more than it makes, 20 batches and 30 questions for pages. */
const CALLS_AT_ONCE = 1000;
const CALLS_PER_SECOND = 60;
/** Node records remembered, of partners and of those who may become partners. */
export const MAX_KNOWN_NODES = 4096;

export class Partners {
  readonly #byId = new Map<Id, Partner>();
  readonly #bySlot: (Partner | undefined)[] = [];
  /** Oldest first. */
  readonly #known = new Map<Id, KnownNode>();
  /** Digests of the records in `#known`, and their authors. */
  readonly #records = new Map<string, Id>();
  readonly #maxPartners: number;

  constructor(maxPartners: number) {
    this.#maxPartners = Math.min(maxPartners, MAX_ORIGINS);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: Id): Partner | undefined {
    return this.#byId.get(id);
  }

  at(slot: number): Partner {
    return this.#bySlot[slot]!;
  }

  values(): MapIterator<Partner> {
    return this.#byId.values();
  }

  known(id: Id): KnownNode | undefined {
    return this.#known.get(id);
  }

  /** The partner, made when it is not there; undefined when there are too many. */
  ensure(id: Id, make: () => Pick<Partner, 'outbox' | 'inbox'>): Partner | undefined {
    const held = this.#byId.get(id);
    if (held !== undefined) return held;
    if (this.#byId.size >= this.#maxPartners) return undefined;
    let slot = this.#bySlot.indexOf(undefined);
    if (slot < 0) slot = this.#bySlot.length;
    const urls = this.#known.get(id)?.urls ?? [];
    const calls = new CallRate(CALLS_AT_ONCE, CALLS_PER_SECOND);
    const partner = { id, slot, urls, isMuted: false, nextCensusAt: 0, calls, ...make() };
    this.#byId.set(id, partner);
    this.#bySlot[slot] = partner;
    return partner;
  }

  /** Forgets a partner of whom no torrent and no peer is left; its slot may be another's from then on. */
  remove({ id, slot }: Partner): void {
    this.#byId.delete(id);
    this.#bySlot[slot] = undefined;
  }

  /** The author of a record that is held already, so that nobody needs to verify it again. */
  authorOf(record: Uint8Array): Id | undefined {
    return this.#records.get(digestOf(record));
  }

  /** Takes over a node record unless a newer one is held; returns whether it did. */
  meet({ record, value }: Opened<NodeStatement>): boolean {
    const id = record.author;
    const held = this.#known.get(id);
    if (held !== undefined && held.seq >= value.seq) return false;
    this.#forget(id);
    this.#records.set(digestOf(record.bytes), id);
    this.#known.set(id, { record: Uint8Array.from(record.bytes), seq: value.seq, urls: value.urls });
    const partner = this.#byId.get(id);
    if (partner !== undefined) partner.urls = value.urls;
    this.#forgetSomebody();
    return true;
  }

  #forgetSomebody(): void {
    if (this.#known.size <= MAX_KNOWN_NODES) return;
    for (const id of this.#known.keys()) {
      if (this.#byId.has(id)) continue;
      this.#forget(id);
      return;
    }
  }

  #forget(id: Id): void {
    const held = this.#known.get(id);
    if (held === undefined) return;
    this.#records.delete(digestOf(held.record));
    this.#known.delete(id);
  }
}

function digestOf(record: Uint8Array): string {
  return hash('sha256', record, 'base64');
}
