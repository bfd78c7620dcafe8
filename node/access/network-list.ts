// A list of addresses and networks (CIDR) that an operator bans. Looking up costs one probe for each length of prefix in
// the list, so that a million single addresses cost no more than one.

import { PublicError } from '../../shared/errors.ts';
import type { Family } from '../../shared/protocol/addresses/endpoint.ts';
import { parseNetwork } from '../../shared/protocol/addresses/networks.ts';
import { readWord } from '../../shared/protocol/encoding/words.ts';
import { Key, KeySet } from './key-set.ts';

const WORDS = { 4: 1, 6: 4 } as const;
/** Word of a key that holds family and length, behind those of the address. */
const KIND = 4;
/** Longer than any network that can be written. */
const MAX_LINE_BYTES = 64;
const key = new Key();

export class NetworkList {
  readonly #networks: KeySet;
  /** Prefix lengths that occur, in bits. */
  readonly #lengths: { readonly 4: number[]; readonly 6: number[] } = { 4: [], 6: [] };

  /** `capacity`: lines at most; `seed` is secret. */
  constructor(capacity: number, seed: number) {
    this.#networks = new KeySet(capacity, seed);
  }

  get count(): number {
    return this.#networks.count;
  }

  /** Adds the address or network that stands at `bytes[start..end)`, as 192.0.2.0/24; false for anything else. */
  addLine(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > MAX_LINE_BYTES) return false;
    try {
      const network = parseNetwork(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
      this.#setKey(network.bytes, network.family, network.bits);
      this.#networks.add(key);
      const lengths = this.#lengths[network.family];
      if (!lengths.includes(network.bits)) lengths.push(network.bits);
      return true;
    } catch (error) {
      if (error instanceof PublicError) return false;
      throw error;
    }
  }

  /** Whether the address is in one of the networks; the first 4 bytes count when the family is 4. */
  has(address: Uint8Array, family: Family): boolean {
    const lengths = this.#lengths[family];
    for (let i = 0; i < lengths.length; i++) {
      this.#setKey(address, family, lengths[i]!);
      if (this.#networks.has(key)) return true;
    }
    return false;
  }

  #setKey(address: Uint8Array, family: Family, bits: number): void {
    const { words } = key;
    const used = WORDS[family];
    for (let i = 0; i < KIND; i++) words[i] = i < used ? readWord(address, 4 * i) & maskOf(bits - 32 * i) : 0;
    words[KIND] = (family << 8) | bits;
  }
}

/** The mask of a word of which so many leading bits count, at most all and at least none. */
function maskOf(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << (32 - bits);
}
