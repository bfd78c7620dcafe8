// The set of torrents that a node carries, with one digest over all of it: two who hold the same set have the same root.

import { createHash } from 'node:crypto';
import { INFO_HASH_BYTES, type InfoHash } from '../torrent/info-hash.ts';
import { SortedHashes } from './sorted-hashes.ts';

/** Hashes are split by their first byte, so that a change costs the digest of one bucket. */
const BUCKET_COUNT = 256;
const DIGEST_BYTES = 32;
const EMPTY_DIGEST = createHash('sha256').digest();

export class Catalogue {
  readonly #hashes = new SortedHashes();
  /**
   * SHA-256 of the sorted hashes of each bucket, one after the other; those of `#dirty` buckets are out of date. Made when
   * somebody asks for the root: 8 KB would be most of what a supernode keeps of a node that it has only heard of.
   */
  #digests: Buffer | undefined;
  readonly #dirty = new Set<number>();
  #root: string | undefined;

  constructor(hashes: Iterable<InfoHash> = []) {
    for (const hash of hashes) this.add(hash);
  }

  /** Hashes held. */
  get size(): number {
    return this.#hashes.size;
  }

  has(hash: InfoHash): boolean {
    return this.#hashes.has(hash);
  }

  /** Whether the hash was not there before. */
  add(hash: InfoHash): boolean {
    if (!this.#hashes.add(hash)) return false;
    this.#touch(hash);
    return true;
  }

  /** Whether the hash was there before. */
  remove(hash: InfoHash): boolean {
    if (!this.#hashes.remove(hash)) return false;
    this.#touch(hash);
    return true;
  }

  /** SHA-256 over the digests of all buckets, 64 hex digits; costs the buckets changed since the last time. */
  root(): string {
    if (this.#root !== undefined) return this.#root;
    this.#digests ??= Buffer.alloc(BUCKET_COUNT * DIGEST_BYTES, EMPTY_DIGEST);
    for (const index of this.#dirty) this.#digests.set(this.#digestOf(index), index * DIGEST_BYTES);
    this.#dirty.clear();
    this.#root = createHash('sha256').update(this.#digests).digest('hex');
    return this.#root;
  }

  /** The hashes after `place` ('': all of them) in ascending order; nothing may change before the last one is taken. */
  *after(place: InfoHash | ''): IterableIterator<InfoHash> {
    for (const page of this.#hashes.from(place)) {
      for (let at = 0; at < page.length; at += INFO_HASH_BYTES) {
        const hash = page.toString('hex', at, at + INFO_HASH_BYTES);
        if (hash !== place) yield hash;
      }
    }
  }

  #digestOf(bucket: number): Buffer {
    const digest = createHash('sha256');
    for (const page of this.#hashes.from(bucket.toString(16).padStart(2, '0'))) {
      let end = 0;
      while (end < page.length && page[end] === bucket) end += INFO_HASH_BYTES;
      digest.update(page.subarray(0, end));
      if (end < page.length) break;
    }
    return digest.digest();
  }

  #touch(hash: InfoHash): void {
    this.#dirty.add(Number.parseInt(hash.slice(0, 2), 16));
    this.#root = undefined;
  }
}
