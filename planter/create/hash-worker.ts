// A thread that hashes the ranges of pieces that it is sent, one at a time.

import { parentPort, workerData } from 'node:worker_threads';
import type { Layout } from './layout.ts';
import { PieceHasher, type PieceRange } from './piece-hasher.ts';

const hasher = new PieceHasher(workerData as Layout);

parentPort?.on('message', (range: PieceRange) => {
  const { sha1, roots } = hasher.hash(range);
  parentPort?.postMessage({ sha1, roots }, [sha1.buffer as ArrayBuffer, roots.buffer as ArrayBuffer]);
});
