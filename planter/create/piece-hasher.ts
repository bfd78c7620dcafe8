// Hashes pieces out of files, synchronously: for a thread that does nothing else. Memory is one buffer, however large the pieces.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileError } from '../../shared/platform/files.ts';
import { fileAt } from '../../shared/protocol/torrent/extents.ts';
import { BLOCK_BYTES, hashBlocks, NODE_BYTES, rootOf, widthFor } from '../../shared/protocol/torrent/merkle.ts';
import type { Layout } from './layout.ts';

export const SHA1_BYTES = 20;

/** Pieces `first` to `first + count - 1`. */
export interface PieceRange {
  readonly first: number;
  readonly count: number;
}

/** The hashes of a range, one after the other. */
export interface PieceHashes {
  /** Of the stream, gaps read as zeros; empty for version 2. */
  readonly sha1: Uint8Array;
  /** Roots of the pieces' trees; empty for version 1. Of a file within one piece it is the file's own root. */
  readonly roots: Uint8Array;
}

/** Fits the cache of a processor; a whole number of blocks. */
const BUFFER_BYTES = 256 * 1024;

/** Padding between files, a part at a time: it stays in the cache, 1.6 times the rate of a whole piece at once. */
const ZEROS = Buffer.alloc(BUFFER_BYTES);

export class PieceHasher implements Disposable {
  readonly #layout: Layout;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #open: { readonly index: number; readonly descriptor: number } | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Throws an Error that names the file when it has changed since it was listed. */
  hash({ first, count }: PieceRange): PieceHashes {
    const { version } = this.#layout;
    const sha1 = new Uint8Array(version === 'v2' ? 0 : count * SHA1_BYTES);
    const roots = new Uint8Array(version === 'v1' ? 0 : count * NODE_BYTES);
    for (let index = 0; index < count; index++) {
      const piece = this.#hashPiece(first + index);
      if (piece.sha1 !== undefined) sha1.set(piece.sha1, index * SHA1_BYTES);
      if (piece.root !== undefined) roots.set(piece.root, index * NODE_BYTES);
    }
    return { sha1, roots };
  }

  [Symbol.dispose](): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #hashPiece(piece: number): { readonly sha1?: Buffer; readonly root?: Buffer } {
    const { version, files, pieceLength, length } = this.#layout;
    const sha1 = version === 'v2' ? undefined : createHash('sha1');
    const blocks: Buffer[] = [];
    const start = piece * pieceLength;
    const end = Math.min(start + pieceLength, length);
    let index = fileAt(files, start);
    const firstFile = files[index]!;
    for (let at = start; at < end; ) {
      const file = files[index];
      if (file === undefined || file.offset >= end) {
        updateZeros(sha1, end - at);
        break;
      }
      if (file.offset > at) updateZeros(sha1, file.offset - at);
      at = Math.max(at, file.offset);
      const stop = Math.min(end, file.offset + file.length);
      for (; at < stop; ) {
        const bytes = this.#read(index, at - file.offset, Math.min(BUFFER_BYTES, stop - at));
        sha1?.update(bytes);
        if (version !== 'v1') blocks.push(hashBlocks(bytes));
        at += bytes.length;
      }
      index++;
    }
    return {
      ...(sha1 === undefined ? {} : { sha1: sha1.digest() }),
      ...(version === 'v1' ? {} : { root: this.#rootOf(Buffer.concat(blocks), firstFile.length) }),
    };
  }

  #rootOf(blocks: Buffer, fileLength: number): Buffer {
    const { pieceLength } = this.#layout;
    const isWithinPiece = fileLength <= pieceLength;
    return rootOf(blocks, isWithinPiece ? widthFor(blocks.length / NODE_BYTES) : pieceLength / BLOCK_BYTES);
  }

  /** A view of the buffer, good until the next read; its length is a whole number of blocks but at the end of a file. */
  #read(index: number, position: number, length: number): Buffer {
    const descriptor = this.#descriptor(index);
    for (let done = 0; done < length; ) {
      const count = readSync(descriptor, this.#buffer, done, length - done, position + done);
      if (count === 0) throw changed(this.#layout.files[index]!.file);
      done += count;
    }
    return this.#buffer.subarray(0, length);
  }

  #descriptor(index: number): number {
    if (this.#open?.index === index) return this.#open.descriptor;
    this[Symbol.dispose]();
    const { file, length } = this.#layout.files[index]!;
    const descriptor = openFile(file);
    this.#open = { index, descriptor };
    if (fstatSync(descriptor).size !== length) throw changed(file);
    return descriptor;
  }
}

function updateZeros(hash: Hash | undefined, count: number): void {
  for (let left = count; left > 0; left -= BUFFER_BYTES) hash?.update(ZEROS.subarray(0, Math.min(left, BUFFER_BYTES)));
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw fileError(file, error);
  }
}

/** What to throw for a file that is not what was listed. */
export function changed(file: string): Error {
  return new Error(`${file} changed while it was read: plant it when nothing writes to it`);
}
