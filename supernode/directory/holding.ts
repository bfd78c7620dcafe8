// What one node carries: its catalogue as far as it was pulled, and receipts that are newer.

import type { CatalogueHead } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { Catalogue } from '../../shared/protocol/sets/catalogue.ts';
import type { ReceiptClaim } from './pending-receipts.ts';
import type { RecordPlace } from './record-pool.ts';
import type { Torrent } from './torrents.ts';

/** How much of a node's catalogue is known. */
export interface CatalogueCursor {
  /** 16 hex digits. */
  readonly epoch: string;
  readonly since: number;
}

/** No catalogue has this epoch, so that the answer is the whole of it. */
export const FROM_THE_START: CatalogueCursor = { epoch: '0'.repeat(16), since: 0 };

export class Holding {
  readonly node: Id;
  /** See IdNumbers. */
  readonly number: number;
  catalogue: Catalogue = new Catalogue();
  /** What `catalogue` amounts to; undefined until pulled for the first time, and after one that did not add up. */
  head: CatalogueHead | undefined;
  /** Receipts that no catalogue has confirmed or denied yet. */
  readonly pending = new Map<Torrent, RecordPlace>();
  /** The catalogue that spoke last about receipts, whether it added up or not. */
  #judge: Pick<CatalogueHead, 'epoch' | 'change'> | undefined;
  /** Date of the newest receipt that was judged, unix ms; 0 before the first. */
  judgedSeq = 0;

  constructor(node: Id, number: number) {
    this.node = node;
    this.number = number;
  }

  /** Whether nothing would be lost with it. */
  get isBare(): boolean {
    return this.#judge === undefined && this.pending.size === 0 && this.catalogue.size === 0;
  }

  /**
   * Whether a receipt has nothing more to say: the catalogue has seen its change, or it is of another epoch and no newer than
   * others that a catalogue has denied. Such receipts are forgotten; one that comes again must not look like news.
   */
  isSettled({ epoch, change, seq }: ReceiptClaim): boolean {
    if (this.#judge === undefined) return false;
    return epoch === this.#judge.epoch ? change <= this.#judge.change : seq <= this.judgedSeq;
  }

  /** From now on `head` speaks about receipts. */
  judgeBy({ epoch, change }: CatalogueHead): void {
    this.#judge = { epoch, change };
  }

  /** Whether a pending receipt is news still; notes its date when it is not. */
  isNews({ epoch, change, seq }: ReceiptClaim): boolean {
    if (this.#judge === undefined || (epoch === this.#judge.epoch && change > this.#judge.change)) return true;
    this.judgedSeq = Math.max(this.judgedSeq, seq);
    return false;
  }

  /** What to ask the node for; undefined when nothing can have changed. */
  staleSince(head: CatalogueHead): CatalogueCursor | undefined {
    const held = this.head;
    if (held === undefined) return FROM_THE_START;
    const isSame = held.epoch === head.epoch && held.change === head.change && held.root === head.root;
    return isSame && this.pending.size === 0 ? undefined : { epoch: held.epoch, since: held.change };
  }
}
