// Which nodes carry which of our torrents: learned from allocations and from supernodes, remembered over restarts, and
// the only ground on which a peer is taken from anybody.

import type { Id } from '../../shared/protocol/records/record.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import type { Link } from '../tracker/carrier-links.ts';
import type { Torrent } from '../tracker/torrent-table.ts';
import type { TrackerSharing } from '../tracker/tracker-sharing.ts';
import { ALLOCATED, confirmedBy, DENIED, deniedBy, isOver, MAX_WITNESSES, REFUSED } from './link-notes.ts';
import type { Partner, Partners } from './partners.ts';

/** A pair that began or ended, for the store. */
export interface LinkChange {
  readonly infoHash: InfoHash;
  readonly node: Id;
  readonly isLinked: boolean;
}

export interface CoCarriersOptions {
  readonly self: Id;
  readonly tracker: TrackerSharing;
  readonly partners: Partners;
  /** Undefined when there are too many. */
  readonly ensurePartner: (id: Id, now: number) => Partner | undefined;
}

/** So long an allocation counts against a supernode that does not name the node: it may not know yet. */
const ALLOCATION_MINUTES = 60;
/** Changes kept for the store; those beyond are told again by supernodes. */
const MAX_CHANGES = 100_000;

export class CoCarriers {
  readonly #options: CoCarriersOptions;
  readonly #witnesses = new Map<Id, number>();
  readonly #freeWitnesses: number[] = Array.from({ length: MAX_WITNESSES }, (_, index) => index);
  #changes: LinkChange[] = [];

  constructor(options: CoCarriersOptions) {
    this.#options = options;
  }

  /** An allocation names these nodes for a torrent that is carried here; or the store remembers them. */
  learnAllocated(infoHash: InfoHash, nodes: readonly Id[], now: number): void {
    const torrent = this.#find(infoHash);
    if (torrent === 0) return;
    const { links } = this.#options.tracker.shared;
    for (const node of nodes) {
      const link = this.#link(torrent, infoHash, node, now);
      if (link === 0) continue;
      links.setNotes(link, (links.notes(link) | ALLOCATED) & ~(DENIED | REFUSED));
      links.setUntil(link, this.#options.tracker.minuteAt(now) + ALLOCATION_MINUTES);
    }
  }

  /** Takes over what the store remembers. */
  restore(pairs: Iterable<{ readonly infoHash: InfoHash; readonly node: Id }>, now: number): void {
    for (const { infoHash, node } of pairs) {
      this.learnAllocated(infoHash, [node], now);
      this.#changes.length = 0;
    }
  }

  /** A supernode names all nodes that it knows to carry the torrent, this one perhaps among them. */
  learnWitnessed(supernode: Id, infoHash: InfoHash, nodes: readonly Id[], now: number): void {
    const torrent = this.#find(infoHash);
    const witness = this.#witnessOf(supernode);
    if (torrent === 0 || witness === undefined) return;
    const { links } = this.#options.tracker.shared;
    const named = new Set<Link>();
    for (const node of nodes) {
      const link = this.#link(torrent, infoHash, node, now);
      if (link === 0) continue;
      links.setNotes(link, confirmedBy(links.notes(link), witness));
      named.add(link);
    }
    for (let link = links.first(torrent); link !== 0; ) {
      const next = links.next(link);
      if (!named.has(link)) {
        links.setNotes(link, deniedBy(links.notes(link), witness));
        this.dropIfOver(link, now);
      }
      link = next;
    }
  }

  /** Hears a supernode no more; its bit, which is to be taken out of all notes before `free`. */
  retire(supernode: Id): number | undefined {
    const witness = this.#witnesses.get(supernode);
    this.#witnesses.delete(supernode);
    return witness;
  }

  /** The bit may be another supernode's. */
  free(witness: number): void {
    this.#freeWitnesses.push(witness);
  }

  /** Ends a pair that nothing speaks for any more; returns how many slots that passed. */
  dropIfOver(link: Link, now: number): number {
    const { tracker, partners } = this.#options;
    const { links } = tracker.shared;
    if (!isOver(links.notes(link), links.until(link), tracker.minuteAt(now))) return 0;
    const node = partners.at(links.slotOf(link)).id;
    this.#note({ infoHash: tracker.infoHash(links.torrentOf(link)), node, isLinked: false });
    return tracker.shared.unlink(link);
  }

  /** What began and ended since this was last asked. */
  takeChanges(): LinkChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** Gives back changes that could not be kept: they come before all later ones the next time. */
  putBack(changes: readonly LinkChange[]): void {
    this.#changes = [...changes, ...this.#changes].slice(0, MAX_CHANGES);
  }

  #find(infoHash: InfoHash): Torrent {
    return this.#options.tracker.findCarried(infoHashBytes(infoHash), 0);
  }

  /** The pair, made when it is new: then there may be peers to pull. */
  #link(torrent: Torrent, infoHash: InfoHash, node: Id, now: number): Link {
    const { self, tracker, partners, ensurePartner } = this.#options;
    const isNew = partners.get(node) === undefined;
    const partner = node === self ? undefined : ensurePartner(node, now);
    if (partner === undefined) return 0;
    const held = tracker.shared.links.find(torrent, partner.slot);
    if (held !== 0) return held;
    const link = tracker.shared.links.ensure(torrent, partner.slot);
    if (link === 0) {
      if (isNew) partners.remove(partner);
      return 0;
    }
    partner.inbox.want(now, tracker.bucketOf(torrent));
    this.#note({ infoHash, node, isLinked: true });
    return link;
  }

  /** Supernodes beyond MAX_WITNESSES at a time are not heard. */
  #witnessOf(supernode: Id): number | undefined {
    const witness = this.#witnesses.get(supernode) ?? this.#freeWitnesses.shift();
    if (witness !== undefined) this.#witnesses.set(supernode, witness);
    return witness;
  }

  #note(change: LinkChange): void {
    if (this.#changes.length < MAX_CHANGES) this.#changes.push(change);
  }
}
