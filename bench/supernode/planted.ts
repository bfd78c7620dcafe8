// Plant records for millions of torrents, really signed: the signatures are made in threads once and kept in the folder for
// temporary files.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createSigner } from '../../shared/platform/keys.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { PLANT_TTL_SECONDS, type PlantStatement, plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { type PlantEntry, restoreEntry } from '../../supernode/directory/entry.ts';
import { plantBytes, SIGNATURE_BYTES, signatureOf } from '../../supernode/directory/plant-bytes.ts';

const CACHE = join(tmpdir(), 'anatomic-bench-supernode');
/** As many of one key as a supernode takes, and some more keys. */
const PLANTERS = 40;
const PLANTER_SEED = 0x70;
const COPIES = 2;
const DAY_MS = 86_400_000;
/** Records older than that are signed anew: those of nodes are young, too. */
const MAX_AGE_MS = 30 * DAY_MS;

/** What a thread is to sign: the plants of these torrents. */
export interface SigningOrder {
  readonly first: number;
  readonly hashes: readonly InfoHash[];
  readonly seq: number;
}

const planters: readonly Signer[] = Array.from({ length: PLANTERS }, (_, number) =>
  createSigner(Buffer.alloc(32, PLANTER_SEED + number)),
);

export class Planted {
  readonly hashes: readonly InfoHash[];
  readonly #seq: number;
  readonly #signatures: Buffer;

  private constructor(hashes: readonly InfoHash[], seq: number, signatures: Buffer) {
    this.hashes = hashes;
    this.#seq = seq;
    this.#signatures = signatures;
  }

  /** The plants of these torrents, which must be the first ones of a list that is always the same. */
  static async of(hashes: readonly InfoHash[]): Promise<Planted> {
    const file = join(CACHE, `signatures-${hashes.length}`);
    const cached = await readFile(file).catch(() => undefined);
    const seq = cached === undefined ? 0 : Number(cached.readBigUInt64BE(0));
    if (cached !== undefined && Date.now() - seq < MAX_AGE_MS) return new Planted(hashes, seq, cached.subarray(8));
    const now = Date.now();
    const signatures = await signAll(hashes, now);
    const head = Buffer.alloc(8);
    head.writeBigUInt64BE(BigInt(now));
    await mkdir(CACHE, { recursive: true });
    await writeFile(file, Buffer.concat([head, signatures]));
    return new Planted(hashes, now, signatures);
  }

  /** The records of some torrents, as a directory keeps them. */
  entries(first: number, count: number): PlantEntry[] {
    return this.hashes.slice(first, first + count).map((infoHash, index) => {
      const number = first + index;
      const signature = this.#signatures.subarray(number * SIGNATURE_BYTES, (number + 1) * SIGNATURE_BYTES);
      const { id } = planterOf(number);
      const entry = restoreEntry('plant', id, plantBytes(id, statementOf(infoHash, this.#seq), signature), this.#seq);
      if (entry.type !== 'plant') throw new Error('no plant');
      return entry;
    });
  }
}

/** The signatures of an order, one after the other. */
export function sign({ first, hashes, seq }: SigningOrder): Buffer {
  const signatures = Buffer.alloc(hashes.length * SIGNATURE_BYTES);
  for (const [index, infoHash] of hashes.entries()) {
    const { bytes } = plantRecord.sign(statementOf(infoHash, seq), planterOf(first + index));
    signatures.set(signatureOf(bytes), index * SIGNATURE_BYTES);
  }
  return signatures;
}

export function planterOf(torrent: number): Signer {
  return planters[torrent % PLANTERS]!;
}

function statementOf(infoHash: InfoHash, seq: number): PlantStatement {
  return { infoHash, copies: COPIES, seq, ttlSeconds: PLANT_TTL_SECONDS };
}

async function signAll(hashes: readonly InfoHash[], seq: number): Promise<Buffer> {
  const threads = availableParallelism();
  const share = Math.ceil(hashes.length / threads);
  const parts = Array.from({ length: threads }, (_, thread) => {
    const order: SigningOrder = {
      first: thread * share,
      hashes: hashes.slice(thread * share, (thread + 1) * share),
      seq,
    };
    return signInThread(order);
  });
  return Buffer.concat(await Promise.all(parts));
}

function signInThread(order: SigningOrder): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const worker = new Worker(new URL('./sign-worker.ts', import.meta.url), { workerData: order });
  worker.once('message', resolve);
  worker.once('error', reject);
  return promise;
}
