// What all nodes carry, and the lists of carriers that follow from it: both are changed here alone, so that they stay in step.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { Catalogue } from '../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { CarrierChanges } from './carrier-changes.ts';
import { CarrierLists } from './carrier-lists.ts';
import type { ReceiptEntry } from './entry.ts';
import { Holding } from './holding.ts';
import { IdNumbers } from './id-numbers.ts';
import type { DirectoryLimits } from './limits.ts';
import { PendingReceipts } from './pending-receipts.ts';
import type { Torrent, Torrents } from './torrents.ts';

export type HoldingsLimits = Pick<DirectoryLimits, 'maxReceipts' | 'maxCarried' | 'maxCarriedPerNode'>;

/** A node that was forgotten, and the torrents in whose lists it is still. */
interface Leaving {
  readonly number: number;
  readonly infoHashes: Iterator<InfoHash>;
}

/** Torrents out of whose lists a node is taken in one go: a millisecond or two. */
const SLICE_HASHES = 1000;

export class Holdings {
  readonly changes = new CarrierChanges();
  readonly numbers = new IdNumbers();
  readonly lists: CarrierLists;
  readonly receipts: PendingReceipts;
  /** Hashes in all catalogues together. */
  carried = 0;
  /** Hashes out of whose lists nodes that were forgotten are still to be taken. */
  #untidy = 0;
  readonly #torrents: Torrents;
  readonly #limits: HoldingsLimits;
  readonly #byNode = new Map<Id, Holding>();
  readonly #leaving: Leaving[] = [];

  constructor(torrents: Torrents, limits: HoldingsLimits) {
    this.#torrents = torrents;
    this.#limits = limits;
    this.lists = new CarrierLists(torrents, limits.maxCarried + limits.maxReceipts);
    this.receipts = new PendingReceipts(limits.maxReceipts);
  }

  get(node: Id): Holding | undefined {
    return this.#byNode.get(node);
  }

  values(): MapIterator<Holding> {
    return this.#byNode.values();
  }

  take(node: Id): Holding {
    const held = this.#byNode.get(node);
    if (held !== undefined) return held;
    const holding = new Holding(node, this.numbers.take(node));
    this.#byNode.set(node, holding);
    return holding;
  }

  isCurrent(holding: Holding): boolean {
    return this.#byNode.get(holding.node) === holding;
  }

  /** Hashes that the node may carry at most, with what the others carry and what those who left still take up. */
  roomFor(node: Id): number {
    const others = this.carried + this.#untidy - (this.#byNode.get(node)?.catalogue.size ?? 0);
    return Math.min(this.#limits.maxCarriedPerNode, this.#limits.maxCarried - others);
  }

  /** The catalogue of a node says that it carries the torrent now, or no longer. */
  set(holding: Holding, infoHash: InfoHash, isCarried: boolean): void {
    const hasChanged = isCarried ? holding.catalogue.add(infoHash) : holding.catalogue.remove(infoHash);
    if (!hasChanged) return;
    this.carried += isCarried ? 1 : -1;
    this.relink(holding, infoHash);
  }

  /** Returns the catalogue that was held; every torrent of both is to be linked anew. */
  replace(holding: Holding, catalogue: Catalogue): Catalogue {
    const before = holding.catalogue;
    this.carried += catalogue.size - before.size;
    holding.catalogue = catalogue;
    return before;
  }

  /** In the place of the one that is pending for the same torrent. */
  putPending(holding: Holding, entry: ReceiptEntry): void {
    const torrent = this.#torrents.take(entry.statement.infoHash);
    const held = holding.pending.get(torrent);
    if (held !== undefined) this.receipts.release(held);
    holding.pending.set(torrent, this.receipts.keep(entry));
    this.relink(holding, entry.statement.infoHash);
  }

  removePending(holding: Holding, torrent: Torrent): void {
    const held = holding.pending.get(torrent);
    if (held === undefined) return;
    this.receipts.release(held);
    holding.pending.delete(torrent);
    this.relink(holding, this.#torrents.infoHash(torrent));
  }

  /** Brings the torrent's list of carriers in step. */
  relink(holding: Holding, infoHash: InfoHash): void {
    let torrent = this.#torrents.of(infoHash);
    if (holding.catalogue.has(infoHash) || holding.pending.has(torrent)) {
      if (torrent === 0) torrent = this.#torrents.take(infoHash);
      if (this.lists.link(torrent, holding.number)) this.changes.note(infoHash);
    } else if (torrent !== 0 && this.lists.unlink(torrent, holding.number)) this.changes.note(infoHash);
  }

  /** Forgets everything about a node, but for what is left to `tidy`. */
  forget(node: Id): void {
    const holding = this.#byNode.get(node);
    if (holding === undefined) return;
    for (const torrent of [...holding.pending.keys()]) this.removePending(holding, torrent);
    this.carried -= holding.catalogue.size;
    this.#untidy += holding.catalogue.size;
    this.#byNode.delete(node);
    this.numbers.withdraw(node);
    this.#leaving.push({ number: holding.number, infoHashes: holding.catalogue.after('') });
    this.tidy();
  }

  /** Takes nodes that were forgotten out of the lists of their torrents, a slice at a time. Returns whether more is to do. */
  tidy(): boolean {
    const leaving = this.#leaving[0];
    if (leaving === undefined) return false;
    for (let count = 0; count < SLICE_HASHES; count++) {
      const { value: infoHash, done } = leaving.infoHashes.next();
      if (done === true) {
        this.numbers.free(leaving.number);
        this.#leaving.shift();
        break;
      }
      this.#untidy--;
      const torrent = this.#torrents.of(infoHash);
      if (torrent !== 0 && this.lists.unlink(torrent, leaving.number)) this.changes.note(infoHash);
    }
    return this.#leaving.length > 0;
  }
}
