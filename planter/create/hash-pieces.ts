// Hashes all pieces of a layout with a few threads.

import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PublicError } from '../../shared/errors.ts';
import { NODE_BYTES } from '../../shared/protocol/torrent/merkle.ts';
import type { Layout } from './layout.ts';
import { changed, PieceHasher, type PieceHashes, type PieceRange, SHA1_BYTES } from './piece-hasher.ts';

export interface HashOptions {
  readonly threads?: number | undefined;
  /** Told how many bytes were hashed, padding included, as each range is done. */
  readonly hashed?: ((bytes: number) => void) | undefined;
}

/** Large enough that handing it over costs nothing, small enough that progress is seen. */
const RANGE_BYTES = 16 * 1024 * 1024;
/** Less is not worth a thread. */
const MIN_THREADED_BYTES = 8 * 1024 * 1024;
/** A .ts source in a checkout, .js in the built package. */
const WORKER = new URL(`./hash-worker${extname(import.meta.filename)}`, import.meta.url);

/** Throws PublicError 'content' when a file has changed since it was listed or cannot be read. */
export async function hashPieces(layout: Layout, options: HashOptions = {}): Promise<PieceHashes> {
  const { threads = availableParallelism(), hashed = () => undefined } = options;
  const { version, pieceLength, length } = layout;
  const { sha1Bytes, rootBytes } = hashSizes(layout);
  const [sha1, roots] = [new Uint8Array(sha1Bytes), new Uint8Array(rootBytes)];
  let done = 0;
  const take = ({ first, count }: PieceRange, hashes: PieceHashes): void => {
    sha1.set(hashes.sha1, version === 'v2' ? 0 : first * SHA1_BYTES);
    roots.set(hashes.roots, version === 'v1' ? 0 : first * NODE_BYTES);
    done += Math.min(count * pieceLength, length - first * pieceLength);
    hashed(done);
  };
  const ranges = rangesOf(layout);
  const count = length < MIN_THREADED_BYTES ? 0 : Math.min(threads, ranges.length);
  try {
    if (count === 0) hashHere(layout, ranges, take);
    else await inTurn(() => hashInThreads(layout, ranges, count, take));
    checkUnchanged(layout);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new PublicError('content', error.message, { cause: error });
  }
  return { sha1, roots };
}

/** How many bytes the hashes of all pieces take. */
export function hashSizes({ version, pieces }: Layout): { readonly sha1Bytes: number; readonly rootBytes: number } {
  return {
    sha1Bytes: version === 'v2' ? 0 : pieces * SHA1_BYTES,
    rootBytes: version === 'v1' ? 0 : pieces * NODE_BYTES,
  };
}

/** What was hashed first may have been written to while the rest was: the torrent would be of a state that never was. */
function checkUnchanged({ files }: Layout): void {
  for (const { file, length, modifiedMs } of files) {
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.size !== length || status.mtimeMs !== modifiedMs) throw changed(file);
  }
}

type Take = (range: PieceRange, hashes: PieceHashes) => void;

function rangesOf({ pieces, pieceLength }: Layout): PieceRange[] {
  const step = Math.max(1, Math.floor(RANGE_BYTES / pieceLength));
  return Array.from({ length: Math.ceil(pieces / step) }, (_, index) => {
    const first = index * step;
    return { first, count: Math.min(step, pieces - first) };
  });
}

function hashHere(layout: Layout, ranges: readonly PieceRange[], take: Take): void {
  using hasher = new PieceHasher(layout);
  for (const range of ranges) take(range, hasher.hash(range));
}

/** Settles when nothing is hashed in threads. */
let lastTurn: Promise<unknown> = Promise.resolve();

/** One torrent at a time: each has all processors, and many at once would have more threads than there is memory for. */
function inTurn(work: () => Promise<void>): Promise<void> {
  const turn = lastTurn.then(work);
  lastTurn = turn.catch(() => undefined);
  return turn;
}

async function hashInThreads(layout: Layout, ranges: readonly PieceRange[], count: number, take: Take): Promise<void> {
  const queue = ranges.values();
  const workers = Array.from({ length: count }, () => new Worker(WORKER, { workerData: layout }));
  try {
    await Promise.all(workers.map((worker) => drain(worker, queue, take)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives a worker one range after the other until there are none left. */
function drain(worker: Worker, queue: IterableIterator<PieceRange>, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    let range: PieceRange | undefined;
    const next = (): void => {
      range = queue.next().value;
      if (range === undefined) resolve();
      else worker.postMessage(range);
    };
    worker.on('message', (hashes: PieceHashes) => {
      take(range!, hashes);
      next();
    });
    worker.on('error', reject);
    next();
  });
}
