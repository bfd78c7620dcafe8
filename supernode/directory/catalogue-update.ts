// One pull of a node's catalogue on its way into the directory: page by page, and at the end in slices, so that hundreds of
// thousands of torrents never keep others waiting.

import type { CatalogueDelta, CatalogueHead } from '../../shared/protocol/messages/node-messages.ts';
import { Catalogue } from '../../shared/protocol/sets/catalogue.ts';
import type { Holding } from './holding.ts';
import type { Holdings } from './holdings.ts';

/** Hashes brought in step in one go: some 3 ms. */
const SLICE_HASHES = 1000;

export type CataloguePage = Omit<CatalogueDelta, 'next'>;

export class CatalogueUpdate {
  readonly #holdings: Holdings;
  readonly #holding: Holding;
  /** The whole catalogue anew, when that is what comes. */
  #fresh: Catalogue | undefined;

  constructor(holdings: Holdings, holding: Holding) {
    this.#holdings = holdings;
    this.#holding = holding;
  }

  /** Takes the next page; throws when the node names more torrents than there is room for. */
  take({ isReset, added, removed }: Pick<CataloguePage, 'isReset' | 'added' | 'removed'>): void {
    const [holdings, holding] = [this.#holdings, this.#holding];
    if (!holdings.isCurrent(holding)) return;
    if (isReset) this.#fresh = new Catalogue();
    const fresh = this.#fresh;
    this.#checkRoom((fresh ?? holding.catalogue).size + added.length);
    for (const [hashes, isCarried] of [
      [added, true],
      [removed, false],
    ] as const) {
      for (const infoHash of hashes) {
        if (fresh === undefined) holdings.set(holding, infoHash, isCarried);
        else if (isCarried) fresh.add(infoHash);
        else fresh.remove(infoHash);
      }
    }
  }

  /** Whether the pages, which began anew, add up to what the node signed. */
  isWhole(head: CatalogueHead): boolean {
    return this.#fresh !== undefined && amountsTo(this.#fresh, head);
  }

  /**
   * Takes over what the pages said, a slice with each step. False when the hashes do not add up to the root that the node
   * signed: they are kept, since they are the best guess there is, and the next pull starts anew. Throws, and changes nothing,
   * when other nodes have taken the room meanwhile.
   */
  *finish(head: CatalogueHead): Generator<undefined, boolean> {
    const { catalogue } = this.#holding;
    yield* this.#adopt();
    yield* this.#settle(head);
    if (!this.#holdings.isCurrent(this.#holding)) return true;
    const isWhole = amountsTo(this.#fresh ?? catalogue, head);
    this.#holding.head = isWhole ? head : undefined;
    return isWhole;
  }

  #checkRoom(size: number): void {
    if (size <= this.#holdings.roomFor(this.#holding.node)) return;
    // What is there already was counted twice, maybe: the next pull starts anew and is exact.
    this.#holding.head = undefined;
    throw new Error(`no room for ${size} torrents`);
  }

  *#adopt(): Generator<undefined, void> {
    const [holdings, holding] = [this.#holdings, this.#holding];
    if (this.#fresh === undefined || !holdings.isCurrent(holding)) return;
    this.#checkRoom(this.#fresh.size);
    let count = 0;
    for (const catalogue of [holdings.replace(holding, this.#fresh), this.#fresh]) {
      for (const infoHash of catalogue.after('')) {
        holdings.relink(holding, infoHash);
        if (++count % SLICE_HASHES !== 0) continue;
        yield;
        if (!holdings.isCurrent(holding)) return;
      }
    }
  }

  /** Receipts of another epoch, or of changes that the catalogue has seen, have said all they had to say. */
  *#settle(head: CatalogueHead): Generator<undefined, void> {
    const [holdings, holding] = [this.#holdings, this.#holding];
    if (!holdings.isCurrent(holding)) return;
    holding.judgeBy(head);
    let count = 0;
    for (const [torrent, receipt] of holding.pending) {
      if (!holding.isNews(holdings.receipts.claim(receipt))) holdings.removePending(holding, torrent);
      if (++count % SLICE_HASHES !== 0) continue;
      yield;
      if (!holdings.isCurrent(holding)) return;
    }
  }
}

function amountsTo(catalogue: Catalogue, { count, root }: CatalogueHead): boolean {
  return catalogue.size === count && catalogue.root() === root;
}
