// Peers of several torrents, packed: what co-carriers send each other. Per torrent one group, all numbers big endian:
//
//   0  info hash, 20 bytes
//   20 seeders, 24 leechers that the sender has itself, 4 bytes each
//   28 number of IPv4 peers, 30 of IPv6 peers, 32 of removed IPv4, 34 of removed IPv6, 2 bytes each
//   36 IPv4 peers of 8 bytes: address 4, port 2, flags 1 (1: seeder), age 1
//      IPv6 peers of 20 bytes, the same with an address of 16
//      removed IPv4 peers of 6 bytes, removed IPv6 peers of 18: address, port
//
// Ages are relative, so that nobody's clock matters: since the peer's last announce, in units of AGE_UNIT_SECONDS.

import { BencodeError } from '../encoding/bencoding.ts';
import { INFO_HASH_BYTES } from '../torrent/info-hash.ts';
import { COMPACT_IPV4_BYTES, COMPACT_IPV6_BYTES } from '../tracker/tracker-messages.ts';

export const AGE_UNIT_SECONDS = 30;
export const MAX_AGE_UNITS = 255;
export const GROUP_HEAD_BYTES = 36;
export const SHARED_IPV4_BYTES: number = COMPACT_IPV4_BYTES + 2;
export const SHARED_IPV6_BYTES: number = COMPACT_IPV6_BYTES + 2;
/** Flags of a peer. */
export const SHARED_SEEDER = 1;
const MAX_COUNT = 0xffff;

const SEEDERS_AT: number = INFO_HASH_BYTES;
const LEECHERS_AT: number = SEEDERS_AT + 4;
const COUNTS_AT: number = LEECHERS_AT + 4;

/** What a list of a group holds, in the order of the lists. */
export const SHARED_LISTS = [
  { family: 4, isRemoved: false, bytes: SHARED_IPV4_BYTES },
  { family: 6, isRemoved: false, bytes: SHARED_IPV6_BYTES },
  { family: 4, isRemoved: true, bytes: COMPACT_IPV4_BYTES },
  { family: 6, isRemoved: true, bytes: COMPACT_IPV6_BYTES },
] as const;
/** Those of its lists that have flags. */
const PEERS4_LIST = 0;
const PEERS6_LIST = 1;

/** A cursor over groups that were checked as a whole: `while (groups.next()) ...`. */
export class ShareGroups {
  readonly bytes: Buffer;
  /** Where the group's info hash is. */
  hashAt = 0;
  seeders = 0;
  leechers = 0;
  #next = 0;

  /** Throws BencodeError unless the bytes are whole groups, nothing after them, and every flag is known. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    while (this.next()) this.#checkFlags();
    this.#next = 0;
  }

  /** Goes to the next group; false when there is none. */
  next(): boolean {
    const at = this.#next;
    if (at === this.bytes.length) return false;
    if (at + GROUP_HEAD_BYTES > this.bytes.length) throw new BencodeError('a group of peers is cut off');
    this.hashAt = at;
    this.seeders = this.bytes.readUInt32BE(at + SEEDERS_AT);
    this.leechers = this.bytes.readUInt32BE(at + LEECHERS_AT);
    this.#next = this.listAt(SHARED_LISTS.length);
    if (this.#next > this.bytes.length) throw new BencodeError('a group of peers is cut off');
    return true;
  }

  /** Entries in list `index` of SHARED_LISTS. */
  countOf(index: number): number {
    const at = this.hashAt + COUNTS_AT + 2 * index;
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  /** Where that list begins. */
  listAt(index: number): number {
    let at = this.hashAt + GROUP_HEAD_BYTES;
    for (let before = 0; before < index; before++) at += this.countOf(before) * SHARED_LISTS[before]!.bytes;
    return at;
  }

  #checkFlags(): void {
    this.#checkList(PEERS4_LIST);
    this.#checkList(PEERS6_LIST);
  }

  #checkList(list: number): void {
    const { bytes: step } = SHARED_LISTS[list]!;
    let flagsAt = this.listAt(list) + step - 2;
    for (let left = this.countOf(list); left > 0; left--, flagsAt += step) {
      if (this.bytes[flagsAt]! > SHARED_SEEDER) throw new BencodeError('a peer with flags that nobody knows');
    }
  }
}

/** Packs groups into one buffer; whoever writes asks for room first. */
export class ShareGroupWriter {
  readonly bytes: Buffer;
  length = 0;
  #groupAt = 0;

  constructor(maxBytes: number) {
    this.bytes = Buffer.allocUnsafe(maxBytes);
  }

  get room(): number {
    return this.bytes.length - this.length;
  }

  clear(): void {
    this.length = 0;
  }

  /** Begins a group; the caller writes the info hash at the place returned. */
  begin(seeders: number, leechers: number): number {
    this.#groupAt = this.length;
    this.bytes.fill(0, this.length, this.length + GROUP_HEAD_BYTES);
    this.bytes.writeUInt32BE(seeders, this.length + SEEDERS_AT);
    this.bytes.writeUInt32BE(leechers, this.length + LEECHERS_AT);
    this.length += GROUP_HEAD_BYTES;
    return this.#groupAt;
  }

  /** Counts entries written to list `index` at `length` of `bytes`; lists are written in their order. */
  count(index: number, entries: number): void {
    const at = this.#groupAt + COUNTS_AT + 2 * index;
    const total = this.bytes.readUInt16BE(at) + entries;
    if (total > MAX_COUNT) throw new RangeError('too many peers in one group');
    this.bytes.writeUInt16BE(total, at);
    this.length += entries * SHARED_LISTS[index]!.bytes;
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }
}
