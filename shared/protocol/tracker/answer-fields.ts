// Reads the members of a tracker's bencoded answer: what is missing is undefined, what is wrong is noted and undefined.

import { type BencodedDictionary, BencodeError, type BencodeLimits, decode } from '../encoding/bencoding.ts';
import { readDictionary } from '../encoding/fields.ts';

/** For bodies of announce and scrape answers; keys in any order, since clients accept that. */
export const ANSWER_LIMITS: BencodeLimits = { maxBytes: 1024 * 1024, maxDepth: 8, isCanonical: false };
const CANONICAL_LIMITS: BencodeLimits = { ...ANSWER_LIMITS, isCanonical: true };

export class AnswerFields {
  readonly dictionary: BencodedDictionary;
  readonly defects: string[] = [];
  readonly oddities: string[] = [];

  /** Throws BencodeError for bytes that are not one bencoded dictionary. */
  constructor(bytes: Uint8Array) {
    this.dictionary = readDictionary(decode(bytes, ANSWER_LIMITS), 'an answer');
    if (!isCanonical(bytes)) this.oddities.push('the keys are not in the order of BEP 3');
  }

  integer(key: string): number | undefined {
    const value = this.dictionary[key];
    if (value === undefined || typeof value === 'number') return value;
    this.defects.push(`"${key}" is not an integer`);
    return undefined;
  }

  bytes(key: string): Buffer | undefined {
    const value = this.dictionary[key];
    if (value === undefined) return undefined;
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.defects.push(`"${key}" is not a string of bytes`);
    return undefined;
  }

  /** What is not UTF-8 is replaced. */
  text(key: string): string | undefined {
    return this.bytes(key)?.toString('utf8');
  }
}

function isCanonical(bytes: Uint8Array): boolean {
  try {
    decode(bytes, CANONICAL_LIMITS);
    return true;
  } catch (error) {
    if (error instanceof BencodeError) return false;
    throw error;
  }
}
