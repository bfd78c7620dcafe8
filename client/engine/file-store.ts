// The pieces of a torrent in its files (the interface of abstract-chunk-store). Padding (BEP 47) is zeros, kept nowhere.

import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { PublicError } from '../../shared/errors.ts';
import { fileError } from '../../shared/platform/files.ts';
import { readLayout } from '../../shared/protocol/torrent/metainfo.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';
import { FilePool } from './file-pool.ts';
import { checkStorable } from './storable.ts';
import { stretchesOf } from './stretches.ts';

type Done = (error: Error | null) => void;
type Got = (error: Error | null, bytes?: Uint8Array) => void;

export interface FileStoreOptions {
  /** Where the torrent's file or folder lies. */
  readonly folder: string;
  /** Seeds never write. */
  readonly isReadOnly: boolean;
  /** The .torrent, when it was known before. */
  readonly torrentFile?: Uint8Array | undefined;
  /** Told once the metainfo is there. */
  readonly onStore: (store: FileStore) => void;
  /** Told each whole piece that is read. */
  readonly onPiece?: ((index: number, bytes: Uint8Array) => void) | undefined;
  /** Handed in by the engine. */
  readonly torrent: { readonly torrentFile: Uint8Array };
}

export class FileStore {
  /** Bytes of a piece. */
  readonly chunkLength: number;
  readonly files: readonly StoredFile[];
  readonly #folder: string;
  readonly #isReadOnly: boolean;
  readonly #onPiece: FileStoreOptions['onPiece'];
  readonly #pool: FilePool;
  readonly #length: number;

  /** Throws PublicError 'metainfo' for what cannot be kept. */
  constructor(chunkLength: number, options: FileStoreOptions) {
    const { folder, isReadOnly, torrentFile, torrent, onStore, onPiece } = options;
    this.chunkLength = chunkLength;
    this.files = readLayout(torrentFile ?? torrent.torrentFile);
    checkStorable(this.files, chunkLength);
    this.#folder = folder;
    this.#isReadOnly = isReadOnly;
    this.#onPiece = onPiece;
    this.#pool = new FilePool(isReadOnly);
    const last = this.files.at(-1);
    this.#length = last === undefined ? 0 : last.offset + last.length;
    onStore(this);
  }

  put(index: number, bytes: Uint8Array, done: Done): void {
    settle(this.#put(index, bytes), done);
  }

  get(index: number, options: { offset?: number; length?: number } | null | Got, got?: Got): void {
    if (typeof options === 'function') this.get(index, null, options);
    else this.#get(index, options?.offset ?? 0, options?.length).then((bytes) => got!(null, bytes), got);
  }

  close(done: Done): void {
    settle(this.#pool.close(), done);
  }

  /** Nothing is deleted: data belongs to the user. */
  destroy(done: Done): void {
    this.close(done);
  }

  /**
   * To be called when all pieces of these files are there: makes those of no bytes, which are in no piece, and cuts off what stood
   * there behind the end. Throws PublicError 'file' when one was taken away meanwhile.
   */
  async finish(files: ReadonlySet<StoredFile>): Promise<void> {
    if (this.#isReadOnly) return;
    for (const file of files) {
      const place = this.place(file);
      if (file.length === 0) await this.#pool.touch(place);
      await cutToLength(place, file.length).catch((error: unknown) => {
        throw fileError(place, error);
      });
    }
  }

  /** Where a file lies. */
  place(file: StoredFile): string {
    return join(this.#folder, ...file.path);
  }

  async #put(index: number, bytes: Uint8Array): Promise<void> {
    if (this.#isReadOnly) throw new Error('what is seeded is not written to');
    for (const { file, position, at, length } of stretchesOf(this.files, index * this.chunkLength, bytes.length)) {
      if (!file.isPadding) await this.#pool.write(this.place(file), bytes.subarray(at, at + length), position);
    }
  }

  async #get(index: number, offset: number, length = this.#chunkBytes(index) - offset): Promise<Uint8Array> {
    if (offset + length > this.#chunkBytes(index)) throw new RangeError('no such bytes');
    const bytes = new Uint8Array(length);
    for (const stretch of stretchesOf(this.files, index * this.chunkLength + offset, length)) {
      const { file, position, at } = stretch;
      const part = bytes.subarray(at, at + stretch.length);
      if (!file.isPadding) await this.#pool.read(this.place(file), part, position);
    }
    if (length === this.#chunkBytes(index)) this.#onPiece?.(index, bytes);
    return bytes;
  }

  #chunkBytes(index: number): number {
    return Math.min(this.chunkLength, this.#length - index * this.chunkLength);
  }
}

function settle(work: Promise<void>, done: Done): void {
  work.then(() => done(null), done);
}

async function cutToLength(place: string, length: number): Promise<void> {
  const { size } = await stat(place);
  if (size < length) throw new PublicError('file', `${place}: it was cut while it was downloaded`);
  if (size > length) await truncate(place, length);
}
