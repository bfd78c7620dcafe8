// A set of info hashes in ascending order, without an object or string for each: pages of packed hashes, each split when it
// is full and joined to its neighbour when few are left. Takes 20 to 80 bytes a hash, 30 as a rule.

import { INFO_HASH_BYTES, type InfoHash } from '../torrent/info-hash.ts';

/** A page moves at most 10 KB for a change. */
const MAX_PAGE_HASHES = 512;
const FIRST_PAGE_HASHES = 4;
/** Pages that have fewer are joined where the sum leaves room to grow. */
const FEW_HASHES = MAX_PAGE_HASHES / 8;

interface Page {
  bytes: Buffer;
  count: number;
}

const key = Buffer.alloc(INFO_HASH_BYTES);

export class SortedHashes {
  readonly #pages: Page[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(hash: InfoHash): boolean {
    key.write(hash, 'hex');
    const page = this.#pages[this.#pageOf()];
    return page !== undefined && placeIn(page) >= 0;
  }

  /** Whether the hash was not there before. */
  add(hash: InfoHash): boolean {
    key.write(hash, 'hex');
    if (this.#pages.length === 0) this.#pages.push(pageFor(FIRST_PAGE_HASHES));
    const index = this.#pageOf();
    const page = this.#pages[index]!;
    const place = placeIn(page);
    if (place >= 0) return false;
    insert(page, -1 - place);
    this.#size++;
    if (page.count === MAX_PAGE_HASHES) this.#split(index);
    return true;
  }

  /** Whether the hash was there before. */
  remove(hash: InfoHash): boolean {
    key.write(hash, 'hex');
    const index = this.#pageOf();
    const page = this.#pages[index];
    const place = page === undefined ? -1 : placeIn(page);
    if (page === undefined || place < 0) return false;
    page.bytes.copyWithin(place * INFO_HASH_BYTES, (place + 1) * INFO_HASH_BYTES, page.count * INFO_HASH_BYTES);
    page.count--;
    this.#size--;
    if (page.count === 0) this.#pages.splice(index, 1);
    else if (page.count < FEW_HASHES && this.#pages.length > 1) this.#join(Math.max(0, index - 1));
    return true;
  }

  /** The packed hashes from `place` (the first of all: '') on, a page at a time; nothing may change in between. */
  *from(place: InfoHash | ''): IterableIterator<Buffer> {
    key.fill(0);
    key.write(place, 'hex');
    let index = this.#pageOf();
    const first = this.#pages[index];
    let at = first === undefined ? 0 : placeIn(first);
    if (at < 0) at = -1 - at;
    for (; index < this.#pages.length; index++) {
      const { bytes, count } = this.#pages[index]!;
      if (at < count) yield bytes.subarray(at * INFO_HASH_BYTES, count * INFO_HASH_BYTES);
      at = 0;
    }
  }

  /** The last page that begins at `key` or before; the first one when all begin after it. */
  #pageOf(): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareToKey(this.#pages[middle]!.bytes, 0) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #split(index: number): void {
    const page = this.#pages[index]!;
    const half = page.count >> 1;
    const upper = pageFor(MAX_PAGE_HASHES);
    page.bytes.copy(upper.bytes, 0, half * INFO_HASH_BYTES);
    upper.count = page.count - half;
    page.count = half;
    this.#pages.splice(index + 1, 0, upper);
  }

  #join(index: number): void {
    const [lower, upper] = [this.#pages[index]!, this.#pages[index + 1]!];
    const count = lower.count + upper.count;
    if (count > MAX_PAGE_HASHES / 2) return;
    const joined = pageFor(2 * count);
    lower.bytes.copy(joined.bytes, 0, 0, lower.count * INFO_HASH_BYTES);
    upper.bytes.copy(joined.bytes, lower.count * INFO_HASH_BYTES, 0, upper.count * INFO_HASH_BYTES);
    joined.count = count;
    this.#pages.splice(index, 2, joined);
  }
}

function pageFor(hashes: number): Page {
  return { bytes: Buffer.allocUnsafeSlow(hashes * INFO_HASH_BYTES), count: 0 };
}

/** Where `key` stands in a page, or -1 minus where it would stand. */
function placeIn({ bytes, count }: Page): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareToKey(bytes, middle * INFO_HASH_BYTES);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

/** Puts `key` in the place. */
function insert(page: Page, place: number): void {
  if (page.bytes.length === page.count * INFO_HASH_BYTES) {
    const grown = pageFor(Math.min(MAX_PAGE_HASHES, 2 * page.count));
    page.bytes.copy(grown.bytes);
    page.bytes = grown.bytes;
  }
  page.bytes.copyWithin((place + 1) * INFO_HASH_BYTES, place * INFO_HASH_BYTES, page.count * INFO_HASH_BYTES);
  key.copy(page.bytes, place * INFO_HASH_BYTES);
  page.count++;
}

function compareToKey(bytes: Buffer, at: number): number {
  for (let index = 0; index < INFO_HASH_BYTES; index++) {
    const difference = bytes[at + index]! - key[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
