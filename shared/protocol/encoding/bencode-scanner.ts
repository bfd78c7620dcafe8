// Strict check of bencoded bytes (BEP 3) before anything decodes them: one pass, bounded depth, nothing allocated but keys.
// The package that decodes trusts lengths, accepts malformed integers and recurses without end; after this pass it cannot.

import { isUtf8 } from 'node:buffer';
import { PublicError } from '../../errors.ts';

/** Bytes that are not the bencoding that was expected, or a field in them that is missing or wrong. */
export class BencodeError extends PublicError {
  constructor(message: string) {
    super('bencoding', message);
  }
}

/** What a reader tolerates. */
export interface BencodeLimits {
  readonly maxBytes: number;
  /** How many dictionaries and lists may stand inside each other. */
  readonly maxDepth: number;
  /** Strings, integers, lists and dictionaries, keys apart; decoding takes time by their number. Left out: any number. */
  readonly maxValues?: number;
  /** Keys in ascending byte order, so that one value has one encoding; duplicate keys are refused either way. */
  readonly isCanonical: boolean;
}

const DICTIONARY = 0x64;
const LIST = 0x6c;
const INTEGER = 0x69;
const END = 0x65;
const COLON = 0x3a;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const MAX_INTEGER_DIGITS = 16; // Number.MAX_SAFE_INTEGER has 16

/** A cursor over bencoded bytes; every method throws BencodeError when what stands there is not well formed. */
export class BencodeScanner {
  readonly bytes: Uint8Array;
  readonly #limits: BencodeLimits;
  readonly #checkKey: (key: Uint8Array) => void;
  #at = 0;
  #valuesLeft: number;

  /** `checkKey` sees every key of every dictionary, and throws to refuse it. */
  constructor(bytes: Uint8Array, limits: BencodeLimits, checkKey: (key: Uint8Array) => void = acceptKey) {
    if (bytes.length > limits.maxBytes) throw new BencodeError(`more than ${limits.maxBytes} bytes of bencoding`);
    this.bytes = bytes;
    this.#limits = limits;
    this.#valuesLeft = limits.maxValues ?? Number.POSITIVE_INFINITY;
    this.#checkKey = checkKey;
  }

  /** Checks that the bytes are exactly one value. */
  checkWhole(): void {
    this.#skipValue(0);
    this.#expectEnd();
  }

  /** Calls `visit` with each key and the encoded value of a dictionary that must be the whole of the bytes. */
  visitDictionary(visit: (key: Uint8Array, value: Uint8Array) => void): void {
    if (this.bytes[this.#at] !== DICTIONARY) throw new BencodeError('not a bencoded dictionary');
    this.#skipDictionary(0, visit);
    this.#expectEnd();
  }

  #expectEnd(): void {
    if (this.#at !== this.bytes.length) throw this.#error('bytes after the end');
  }

  #skipValue(depth: number): void {
    if (this.#valuesLeft-- === 0) throw this.#error(`more than ${this.#limits.maxValues} values`);
    const first = this.bytes[this.#at];
    if (first === DICTIONARY) this.#skipDictionary(depth);
    else if (first === LIST) this.#skipList(depth);
    else if (first === INTEGER) this.#skipInteger();
    else this.#skipString();
  }

  #skipDictionary(depth: number, visit?: (key: Uint8Array, value: Uint8Array) => void): void {
    const keys = new KeyOrder(this.#limits.isCanonical);
    this.#enter(depth);
    while (this.bytes[this.#at] !== END) {
      const key = this.#skipString();
      const problem = keys.add(key);
      if (problem !== undefined) throw this.#error(problem);
      this.#checkKey(key);
      const start = this.#at;
      this.#skipValue(depth + 1);
      visit?.(key, this.bytes.subarray(start, this.#at));
    }
    this.#at++;
  }

  #skipList(depth: number): void {
    this.#enter(depth);
    while (this.bytes[this.#at] !== END) this.#skipValue(depth + 1);
    this.#at++;
  }

  #enter(depth: number): void {
    if (depth >= this.#limits.maxDepth) throw this.#error(`nested deeper than ${this.#limits.maxDepth}`);
    this.#at++;
  }

  #skipInteger(): void {
    this.#at++;
    const isNegative = this.bytes[this.#at] === MINUS;
    if (isNegative) this.#at++;
    const value = this.#readDigits();
    if (isNegative && value === 0) throw this.#error('negative zero');
    this.#expect(END, 'an integer without end');
  }

  #skipString(): Uint8Array {
    const length = this.#readDigits();
    this.#expect(COLON, 'a string length without colon');
    const start = this.#at;
    if (length > this.bytes.length - start) throw this.#error('a string longer than the bytes left');
    this.#at = start + length;
    return this.bytes.subarray(start, this.#at);
  }

  #readDigits(): number {
    const start = this.#at;
    let value = 0;
    for (; this.#at - start <= MAX_INTEGER_DIGITS; this.#at++) {
      const digit = (this.bytes[this.#at] ?? END) - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = this.#at - start;
    if (digits === 0) throw this.#error(start < this.bytes.length ? 'not bencoding' : 'cut off');
    if (digits > 1 && this.bytes[start] === DIGIT_0) throw this.#error('a number with a leading zero');
    if (!Number.isSafeInteger(value)) throw this.#error('a number out of range');
    return value;
  }

  #expect(byte: number, problem: string): void {
    if (this.bytes[this.#at] !== byte) throw this.#error(this.#at < this.bytes.length ? problem : 'cut off');
    this.#at++;
  }

  #error(problem: string): BencodeError {
    return new BencodeError(`malformed bencoding at byte ${this.#at}: ${problem}`);
  }
}

/** Refuses the keys that the package would change: those that are no text, a byte order mark, and `__proto__`. */
export function refuseUnsafeKey(key: Uint8Array): void {
  const isMarked = key[0] === 0xef && key[1] === 0xbb && key[2] === 0xbf;
  if (isMarked || !isUtf8(key)) throw new BencodeError('a key that is not plain UTF-8 text');
  if (key.length === 9 && Buffer.from(key).toString('latin1') === '__proto__') {
    throw new BencodeError('a key named __proto__');
  }
}

/** The keys of one dictionary so far: in order when canonical, else at least each of them once. */
class KeyOrder {
  readonly #seen: Set<string> | undefined;
  #previous: Uint8Array | undefined;

  constructor(isCanonical: boolean) {
    this.#seen = isCanonical ? undefined : new Set();
  }

  /** What is wrong with this key standing next, if anything. */
  add(key: Uint8Array): string | undefined {
    if (this.#seen === undefined) {
      const isAfter = this.#previous === undefined || Buffer.compare(this.#previous, key) < 0;
      this.#previous = key;
      return isAfter ? undefined : 'keys out of order or twice';
    }
    const text = latin1(key);
    if (this.#seen.has(text)) return 'a key twice';
    this.#seen.add(text);
    return undefined;
  }
}

/** One character per byte: comparing two such strings compares their bytes. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function acceptKey(): void {}
