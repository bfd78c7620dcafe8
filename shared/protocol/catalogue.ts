// The set of torrents that a node carries, with one digest over all of it: two who hold the same set have the same root.

import { createHash } from 'node:crypto';
import { type InfoHash, infoHashBytes } from './info-hash.ts';

/** Hashes are split by their first byte, so that a change costs the digest of one bucket. */
const BUCKET_COUNT = 256;
const DIGEST_BYTES = 32;

export class Catalogue {
  /** Made when first needed: most of the catalogues that a supernode holds are small. */
  readonly #buckets = new Map<number, Set<InfoHash>>();
  /**
   * SHA-256 of the sorted hashes of each bucket, one after the other; those of `#dirty` buckets are out of date. Made when
   * somebody asks for the root: 8 KB would be most of what a supernode keeps of a node that it has only heard of.
   */
  #digests: Buffer | undefined;
  readonly #dirty = new Set<number>();
  #root: string | undefined;
  #size = 0;

  constructor(hashes: Iterable<InfoHash> = []) {
    for (const hash of hashes) this.add(hash);
  }

  /** Hashes held. */
  get size(): number {
    return this.#size;
  }

  has(hash: InfoHash): boolean {
    return this.#buckets.get(bucketOf(hash))?.has(hash) === true;
  }

  /** Whether the hash was not there before. */
  add(hash: InfoHash): boolean {
    const index = bucketOf(hash);
    const bucket = this.#buckets.get(index) ?? new Set();
    if (bucket.has(hash)) return false;
    this.#buckets.set(index, bucket.add(hash));
    this.#size += 1;
    this.#touch(index);
    return true;
  }

  /** Whether the hash was there before. */
  remove(hash: InfoHash): boolean {
    const index = bucketOf(hash);
    if (this.#buckets.get(index)?.delete(hash) !== true) return false;
    this.#size -= 1;
    this.#touch(index);
    return true;
  }

  /** SHA-256 over the digests of all buckets, 64 hex digits; costs the buckets changed since the last time. */
  root(): string {
    if (this.#root !== undefined) return this.#root;
    this.#digests ??= Buffer.alloc(BUCKET_COUNT * DIGEST_BYTES, digestOf([]));
    for (const index of this.#dirty) this.#digests.set(digestOf(this.#buckets.get(index)!), index * DIGEST_BYTES);
    this.#dirty.clear();
    this.#root = createHash('sha256').update(this.#digests).digest('hex');
    return this.#root;
  }

  /** All hashes, in no order. */
  *hashes(): IterableIterator<InfoHash> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }

  /** The hashes after `place` ('': all of them) in ascending order; costs the sorting of one bucket at a time. */
  *after(place: InfoHash | ''): IterableIterator<InfoHash> {
    for (let index = place === '' ? 0 : bucketOf(place); index < BUCKET_COUNT; index++) {
      for (const hash of [...(this.#buckets.get(index) ?? [])].sort()) if (hash > place) yield hash;
    }
  }

  #touch(index: number): void {
    this.#dirty.add(index);
    this.#root = undefined;
  }
}

function bucketOf(hash: InfoHash): number {
  return Number.parseInt(hash.slice(0, 2), 16);
}

function digestOf(hashes: Iterable<InfoHash>): Buffer {
  const digest = createHash('sha256');
  for (const hash of [...hashes].sort()) digest.update(infoHashBytes(hash));
  return digest.digest();
}
