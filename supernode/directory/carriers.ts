// Which node carries which torrent: what the nodes' catalogues say, and the receipts that are newer than those.

import type { MirrorPage } from '../../shared/protocol/messages/federation-messages.ts';
import { type CatalogueHead, MAX_CATALOGUE_HASHES } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { CarrierChanges } from './carrier-changes.ts';
import { CatalogueUpdate } from './catalogue-update.ts';
import type { ReceiptEntry } from './entry.ts';
import { type CatalogueCursor, FROM_THE_START } from './holding.ts';
import { Holdings, type HoldingsLimits } from './holdings.ts';
import type { Torrent, Torrents } from './torrents.ts';

export class Carriers {
  readonly #torrents: Torrents;
  readonly #holdings: Holdings;

  constructor(torrents: Torrents, limits: HoldingsLimits) {
    this.#torrents = torrents;
    this.#holdings = new Holdings(torrents, limits);
  }

  get changes(): CarrierChanges {
    return this.#holdings.changes;
  }

  /** Receipts held: those that no catalogue has confirmed or denied yet. */
  get receipts(): number {
    return this.#holdings.receipts.size;
  }

  /** Nodes of which receipts or a catalogue are held. */
  get holders(): number {
    return this.#holdings.numbers.size;
  }

  /** Hashes in all catalogues together. */
  get carried(): number {
    return this.#holdings.carried;
  }

  /** Torrents that at least one node carries. */
  get size(): number {
    return this.#holdings.lists.size;
  }

  /** In no order. */
  of(infoHash: InfoHash): Id[] {
    const { lists, numbers } = this.#holdings;
    return lists.of(this.#torrents.of(infoHash)).flatMap((number) => numbers.idOf(number) ?? []);
  }

  has(infoHash: InfoHash, node: Id): boolean {
    const holding = this.#holdings.get(node);
    if (holding === undefined) return false;
    return holding.catalogue.has(infoHash) || holding.pending.has(this.#torrents.of(infoHash));
  }

  /** What a node carries, in ascending order from the first hash after `place` ('': the first of all). */
  *carriedBy(node: Id, place: InfoHash | ''): IterableIterator<InfoHash> {
    const holding = this.#holdings.get(node);
    if (holding === undefined) return;
    const pending = [...holding.pending.keys()]
      .map((torrent) => this.#torrents.infoHash(torrent))
      .filter((hash) => hash > place && !holding.catalogue.has(hash))
      .sort();
    let next = 0;
    for (const hash of holding.catalogue.after(place)) {
      while (next < pending.length && pending[next]! < hash) yield pending[next++]!;
      yield hash;
    }
    yield* pending.slice(next);
  }

  /** The node's catalogue after `place`, for those who cannot read it there; undefined when it is not held as the node signed it. */
  mirror(node: Id, place: InfoHash | ''): MirrorPage | undefined {
    const holding = this.#holdings.get(node);
    if (holding?.head === undefined) return undefined;
    const hashes: InfoHash[] = [];
    for (const infoHash of holding.catalogue.after(place)) {
      if (hashes.length === MAX_CATALOGUE_HASHES) return { head: holding.head, hashes, isLast: false };
      hashes.push(infoHash);
    }
    return { head: holding.head, hashes, isLast: true };
  }

  countOf(node: Id): number {
    return this.#holdings.get(node)?.catalogue.size ?? 0;
  }

  /** Hashes that the node may carry at most. */
  roomFor(node: Id): number {
    return this.#holdings.roomFor(node);
  }

  receipt(node: Id, infoHash: InfoHash): ReceiptEntry | undefined {
    const place = this.#holdings.get(node)?.pending.get(this.#torrents.of(infoHash));
    return place === undefined ? undefined : this.#holdings.receipts.entry(place, node);
  }

  /** The receipts held. Others may come and go meanwhile. */
  *pending(): Generator<ReceiptEntry> {
    const { receipts } = this.#holdings;
    for (const { node, pending } of this.#holdings.values()) {
      for (const place of pending.values()) yield receipts.entry(place, node);
    }
  }

  /** Nodes, and the date of the newest receipt of each that a catalogue has confirmed or denied. */
  *judged(): Generator<[Id, number]> {
    for (const { node, judgedSeq } of this.#holdings.values()) if (judgedSeq > 0) yield [node, judgedSeq];
  }

  isHolder(node: Id): boolean {
    return this.#holdings.get(node) !== undefined;
  }

  receiptsOf(node: Id): number {
    return this.#holdings.get(node)?.pending.size ?? 0;
  }

  /** Whether a receipt can be kept, in the place of the one held if there is one. */
  hasRoomFor(entry: ReceiptEntry): boolean {
    const place = this.#holdings.get(entry.author)?.pending.get(this.#torrents.of(entry.statement.infoHash));
    return this.#holdings.receipts.fits(entry, place);
  }

  /** Whether a receipt says nothing that a catalogue has not confirmed or denied: those are not held. */
  isSettled({ author, statement }: ReceiptEntry): boolean {
    return this.#holdings.get(author)?.isSettled(statement) === true;
  }

  /** A receipt counts until a catalogue that has seen its change says otherwise. */
  putReceipt(entry: ReceiptEntry): void {
    const holding = this.#holdings.take(entry.author);
    if (holding.isSettled(entry.statement)) this.removeReceipt(entry.author, entry.statement.infoHash);
    else this.#holdings.putPending(holding, entry);
  }

  removeReceipt(node: Id, infoHash: InfoHash): void {
    const holding = this.#holdings.get(node);
    if (holding === undefined) return;
    this.#holdings.removePending(holding, this.#torrents.of(infoHash));
    if (holding.isBare) this.#holdings.forget(node);
  }

  /** What to ask the node for; undefined when nothing can have changed. */
  staleSince(node: Id, head: CatalogueHead): CatalogueCursor | undefined {
    const holding = this.#holdings.get(node);
    return holding === undefined ? FROM_THE_START : holding.staleSince(head);
  }

  /** Begins to take over what is pulled of a node's catalogue; one at a time. */
  update(node: Id): CatalogueUpdate {
    return new CatalogueUpdate(this.#holdings, this.#holdings.take(node));
  }

  /** Forgets everything about a node; one that carried much is counted in `size` until all is tidy. */
  forget(node: Id): void {
    this.#holdings.forget(node);
  }

  /** Goes on, for a millisecond or two, with what forgetting nodes has left to do. Returns whether more is left. */
  tidy(): boolean {
    return this.#holdings.tidy();
  }

  /** A mark for each node that has a number, for `haveMarks`. */
  mark(markOf: (node: Id) => number): Uint8Array {
    const { numbers } = this.#holdings;
    const marks = new Uint8Array(numbers.end);
    for (const [id, number] of numbers.entries()) marks[number] = markOf(id);
    return marks;
  }

  /** Whether just `count` carriers of the torrent have the mark 1, and none has a greater one. */
  haveMarks(torrent: Torrent, marks: Uint8Array, count: number): boolean {
    return this.#holdings.lists.haveMarks(torrent, marks, count);
  }
}
