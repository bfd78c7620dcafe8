// Which node carries which torrent: what the nodes' catalogues say, and the receipts that are newer than those.

import { Catalogue } from '../../shared/protocol/catalogue.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { CatalogueHead } from '../../shared/protocol/node-messages.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { CarrierChanges } from './carrier-changes.ts';
import type { ReceiptEntry } from './entry.ts';

/** How much of a node's catalogue is known. */
export interface CatalogueCursor {
  /** 16 hex digits. */
  readonly epoch: string;
  readonly since: number;
}

/** No catalogue has this epoch, so that the answer is the whole of it. */
const FROM_THE_START: CatalogueCursor = { epoch: '0'.repeat(16), since: 0 };

/** All that was pulled of one node's catalogue in one go. */
export interface CatalogueChange {
  /** The catalogue afterwards. */
  readonly head: CatalogueHead;
  /** `carried` is the whole catalogue. */
  readonly isReset: boolean;
  /** True: carried from now on; false: dropped. */
  readonly carried: ReadonlyMap<InfoHash, boolean>;
}

interface Holding {
  catalogue: Catalogue;
  /** What `catalogue` amounts to; undefined until pulled for the first time, and after one that did not add up. */
  head: CatalogueHead | undefined;
  readonly receipts: Map<InfoHash, ReceiptEntry>;
  /** Hashes whose receipt no catalogue has confirmed or denied yet. */
  readonly unconfirmed: Set<InfoHash>;
}

export class Carriers {
  readonly changes = new CarrierChanges();
  readonly #byHash = new Map<InfoHash, Set<Id>>();
  readonly #holdings = new Map<Id, Holding>();
  #receipts = 0;
  #carried = 0;

  /** Receipts held. */
  get receipts(): number {
    return this.#receipts;
  }

  /** Hashes in all catalogues together. */
  get carried(): number {
    return this.#carried;
  }

  /** Torrents that at least one node carries. */
  get size(): number {
    return this.#byHash.size;
  }

  /** In no order. */
  of(infoHash: InfoHash): ReadonlySet<Id> {
    return this.#byHash.get(infoHash) ?? NOBODY;
  }

  /** What a node carries, in ascending order from the first hash after `place` ('': the first of all). */
  *carriedBy(node: Id, place: InfoHash | ''): IterableIterator<InfoHash> {
    const holding = this.#holdings.get(node);
    if (holding === undefined) return;
    const unconfirmed = [...holding.unconfirmed].filter((hash) => hash > place && !holding.catalogue.has(hash)).sort();
    let next = 0;
    for (const hash of holding.catalogue.after(place)) {
      while (next < unconfirmed.length && unconfirmed[next]! < hash) yield unconfirmed[next++]!;
      yield hash;
    }
    yield* unconfirmed.slice(next);
  }

  countOf(node: Id): number {
    return this.#holdings.get(node)?.catalogue.size ?? 0;
  }

  receipt(node: Id, infoHash: InfoHash): ReceiptEntry | undefined {
    return this.#holdings.get(node)?.receipts.get(infoHash);
  }

  receiptsOf(node: Id): number {
    return this.#holdings.get(node)?.receipts.size ?? 0;
  }

  /** A receipt counts until a catalogue that has seen its change says otherwise. */
  putReceipt(entry: ReceiptEntry): void {
    const holding = this.#hold(entry.author);
    const { infoHash } = entry.statement;
    if (!holding.receipts.has(infoHash)) this.#receipts++;
    holding.receipts.set(infoHash, entry);
    if (isCovered(entry, holding.head)) return;
    holding.unconfirmed.add(infoHash);
    this.#link(infoHash, entry.author);
  }

  removeReceipt(node: Id, infoHash: InfoHash): void {
    const holding = this.#holdings.get(node);
    if (holding === undefined || !holding.receipts.delete(infoHash)) return;
    this.#receipts--;
    holding.unconfirmed.delete(infoHash);
    if (!holding.catalogue.has(infoHash)) this.#unlink(infoHash, node);
  }

  /** What to ask the node for; undefined when nothing can have changed. */
  staleSince(node: Id, head: CatalogueHead): CatalogueCursor | undefined {
    const holding = this.#holdings.get(node);
    const held = holding?.head;
    if (held === undefined) return FROM_THE_START;
    const isSame = held.epoch === head.epoch && held.change === head.change && held.root === head.root;
    return isSame && holding?.unconfirmed.size === 0 ? undefined : { epoch: held.epoch, since: held.change };
  }

  /**
   * Takes over what was pulled. False when the hashes do not add up to the root that the node signed: they are
   * kept, since they are the best guess there is, and the next pull starts anew.
   */
  applyCatalogue(node: Id, { head, isReset, carried }: CatalogueChange): boolean {
    const holding = this.#hold(node);
    const before = holding.catalogue;
    this.#carried -= before.size;
    if (isReset) holding.catalogue = new Catalogue();
    for (const [infoHash, isCarried] of carried) {
      if (isCarried) holding.catalogue.add(infoHash);
      else holding.catalogue.remove(infoHash);
    }
    this.#carried += holding.catalogue.size;
    for (const infoHash of isReset ? before.after('') : []) this.#relink(infoHash, node, holding);
    for (const infoHash of carried.keys()) this.#relink(infoHash, node, holding);
    const isWhole = holding.catalogue.size === head.count && holding.catalogue.root() === head.root;
    holding.head = isWhole ? head : undefined;
    this.#settle(node, holding, head);
    return isWhole;
  }

  /** Forgets everything about a node. */
  forget(node: Id): void {
    const holding = this.#holdings.get(node);
    if (holding === undefined) return;
    this.#holdings.delete(node);
    this.#receipts -= holding.receipts.size;
    this.#carried -= holding.catalogue.size;
    for (const infoHash of holding.catalogue.after('')) this.#unlink(infoHash, node);
    for (const infoHash of holding.unconfirmed) this.#unlink(infoHash, node);
  }

  /** Receipts of another epoch, or of changes that the catalogue has seen, have said all they had to say. */
  #settle(node: Id, holding: Holding, head: CatalogueHead): void {
    for (const infoHash of holding.unconfirmed) {
      const receipt = holding.receipts.get(infoHash);
      if (receipt?.statement.epoch === head.epoch && !isCovered(receipt, head)) continue;
      holding.unconfirmed.delete(infoHash);
      this.#relink(infoHash, node, holding);
    }
  }

  #relink(infoHash: InfoHash, node: Id, holding: Holding): void {
    if (holding.catalogue.has(infoHash) || holding.unconfirmed.has(infoHash)) this.#link(infoHash, node);
    else this.#unlink(infoHash, node);
  }

  #link(infoHash: InfoHash, node: Id): void {
    const nodes = this.#byHash.get(infoHash);
    if (nodes?.has(node) === true) return;
    if (nodes === undefined) this.#byHash.set(infoHash, new Set([node]));
    else nodes.add(node);
    this.changes.note(infoHash);
  }

  #unlink(infoHash: InfoHash, node: Id): void {
    const nodes = this.#byHash.get(infoHash);
    if (nodes?.delete(node) !== true) return;
    if (nodes.size === 0) this.#byHash.delete(infoHash);
    this.changes.note(infoHash);
  }

  #hold(node: Id): Holding {
    let holding = this.#holdings.get(node);
    if (holding === undefined) {
      holding = { catalogue: new Catalogue(), head: undefined, receipts: new Map(), unconfirmed: new Set() };
      this.#holdings.set(node, holding);
    }
    return holding;
  }
}

const NOBODY: ReadonlySet<Id> = new Set();

function isCovered({ statement }: ReceiptEntry, head: CatalogueHead | undefined): boolean {
  return head !== undefined && head.epoch === statement.epoch && statement.change <= head.change;
}
