// Receipts that no catalogue has confirmed or denied yet, without an object for each.

import { ByteCells, type Run } from './byte-cells.ts';
import { type ReceiptEntry, restoreEntry } from './entry.ts';
import { type RecordPlace, RecordPool } from './record-pool.ts';
import { readWide, writeWide } from './wide-numbers.ts';

/** What a receipt says about the catalogue of its node. */
export interface ReceiptClaim {
  /** 16 hex digits. */
  readonly epoch: string;
  readonly change: number;
  readonly seq: number;
}

// A receipt, in words of 32 bits.
const EPOCH = 0;
const CHANGE = 2;
const SEQ = 4;
const BYTES = 6;
const RECORD_WORDS = 7;

/** As much as a receipt takes that says nothing unheard of; larger ones take the room of several. */
const USUAL_BYTES = 4 * 72;

export class PendingReceipts {
  readonly #records: RecordPool;
  readonly #bytes: ByteCells;

  constructor(capacity: number) {
    this.#records = new RecordPool(RECORD_WORDS, capacity);
    this.#bytes = new ByteCells(capacity * USUAL_BYTES);
  }

  get size(): number {
    return this.#records.count;
  }

  /** Whether it can be kept, also in the place of another one. */
  fits({ bytes }: ReceiptEntry, instead: RecordPlace = 0): boolean {
    if (instead !== 0) return this.#bytes.fits(bytes.length, this.#records.words[instead + BYTES]!);
    return !this.#records.isFull && this.#bytes.fits(bytes.length);
  }

  /** Keeps one that fits. */
  keep({ statement, bytes }: ReceiptEntry): RecordPlace {
    const { words } = this.#records;
    const place = this.#records.take();
    words[place + EPOCH] = Number.parseInt(statement.epoch.slice(0, 8), 16);
    words[place + EPOCH + 1] = Number.parseInt(statement.epoch.slice(8), 16);
    writeWide(statement.change, words, place + CHANGE);
    writeWide(statement.seq, words, place + SEQ);
    words[place + BYTES] = this.#bytes.keep(bytes);
    return place;
  }

  claim(place: RecordPlace): ReceiptClaim {
    const { words } = this.#records;
    const epoch = hexWord(words[place + EPOCH]!) + hexWord(words[place + EPOCH + 1]!);
    return { epoch, change: readWide(words, place + CHANGE), seq: readWide(words, place + SEQ) };
  }

  /** The receipt again, of the node that signed it. */
  entry(place: RecordPlace, node: string): ReceiptEntry {
    const entry = restoreEntry('receipt', node, this.#bytes.read(this.#run(place)), 0);
    if (entry.type !== 'receipt') throw new Error(`${entry.type} among the receipts`);
    return entry;
  }

  release(place: RecordPlace): void {
    this.#bytes.release(this.#run(place));
    this.#records.free(place);
  }

  #run(place: RecordPlace): Run {
    return this.#records.words[place + BYTES]!;
  }
}

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
