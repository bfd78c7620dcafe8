// A list of torrents that an operator allows or denies, by info hash.

import { readWord } from '../../shared/protocol/encoding/words.ts';
import { INFO_HASH_BYTES, INFO_HASH_V2_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import { hexValue } from '../../shared/protocol/tracker/query-reader.ts';
import { Key, KeySet } from './key-set.ts';

const HEX_DIGITS_PER_WORD = 8;
const key = new Key();

export class TorrentList {
  readonly #hashes: KeySet;

  /** `capacity`: lines at most; `seed` is secret. */
  constructor(capacity: number, seed: number) {
    this.#hashes = new KeySet(capacity, seed);
  }

  get count(): number {
    return this.#hashes.count;
  }

  /** Adds the hash that stands in hex at `bytes[start..end)`: 40 digits, or 64 that are truncated (BEP 52). False for anything else. */
  addLine(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length !== 2 * INFO_HASH_BYTES && length !== 2 * INFO_HASH_V2_BYTES) return false;
    let word = 0;
    let isHex = true;
    for (let i = 0; i < length; i++) {
      const digit = hexValue(bytes[start + i]!);
      isHex &&= digit >= 0;
      word = (word << 4) | digit;
      if ((i + 1) % HEX_DIGITS_PER_WORD === 0 && i < 2 * INFO_HASH_BYTES)
        key.words[(i / HEX_DIGITS_PER_WORD) | 0] = word;
    }
    if (isHex) this.#hashes.add(key);
    return isHex;
  }

  /** Whether the 20 bytes at `offset` are listed. */
  has(infoHash: Uint8Array, offset: number): boolean {
    const { words } = key;
    for (let i = 0; i < words.length; i++) words[i] = readWord(infoHash, offset + 4 * i);
    return this.#hashes.has(key);
  }
}
