// Plant records in a few words each, and the bytes that cannot be made again from those.

import { expiryOf } from '../../shared/protocol/records/lasting.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { PlantStatement } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { ByteCells } from './byte-cells.ts';
import { type PlantEntry, restoreEntry } from './entry.ts';
import { plantBytes, SIGNATURE_BYTES, signatureOf } from './plant-bytes.ts';
import { type RecordPlace, RecordPool } from './record-pool.ts';
import { readWide, writeWide } from './wide-numbers.ts';

// A plant, in words of 32 bits. The first one is the next plant of the torrent.
export const NEXT = 0;
const PLANTER = 1;
const SEQ = 2;
/** Bits 0-24 ttl in seconds, 25-27 copies, then what stands behind the signature; bit 30: all of the record is kept. */
const SHAPE = 4;
const KEPT = 5;
const RECORD_WORDS = 6;

const TTL_BITS = 25;
const TTL_MASK: number = 2 ** TTL_BITS - 1;
const COPIES_MASK = 7;
const V2_BIT: number = 1 << 28;
const TWIN_BIT: number = 1 << 29;
const WHOLE_BIT: number = 1 << 30;
const V2_BYTES = 32;

export class PlantTable {
  readonly words: Int32Array;
  readonly #records: RecordPool;
  readonly #bytes: ByteCells;
  /** Whoever asks whether a record fits keeps it next. */
  #packed: Packed | undefined;

  constructor(capacity: number, capacityBytes: number) {
    this.#records = new RecordPool(RECORD_WORDS, capacity);
    this.#bytes = new ByteCells(capacityBytes);
    this.words = this.#records.words;
  }

  get size(): number {
    return this.#records.count;
  }

  /** Share of the room for bytes that is taken, 0 to 1. */
  get fill(): number {
    return this.#bytes.fill;
  }

  /** Whether a record can be kept, also in the place of another one. */
  fits(entry: PlantEntry, instead: RecordPlace = 0): boolean {
    const { length } = this.#pack(entry).kept;
    if (instead !== 0) return this.#bytes.fits(length, this.words[instead + KEPT]!);
    return !this.#records.isFull && this.#bytes.fits(length);
  }

  /** Keeps a record that fits. */
  keep(entry: PlantEntry, planter: number): RecordPlace {
    const place = this.#records.take();
    this.words[place + PLANTER] = planter;
    this.#write(place, entry);
    return place;
  }

  /** Puts another record of the same planter and torrent in the place of the one held. */
  replace(place: RecordPlace, entry: PlantEntry): void {
    this.#bytes.release(this.words[place + KEPT]!);
    this.#write(place, entry);
  }

  release(place: RecordPlace): void {
    this.#bytes.release(this.words[place + KEPT]!);
    this.#records.free(place);
  }

  planter(place: RecordPlace): number {
    return this.words[place + PLANTER]!;
  }

  copies(place: RecordPlace): number {
    return (this.words[place + SHAPE]! >>> TTL_BITS) & COPIES_MASK;
  }

  seq(place: RecordPlace): number {
    return readWide(this.words, place + SEQ);
  }

  /** Unix ms. */
  expiresAt(place: RecordPlace): number {
    return expiryOf({ seq: this.seq(place), ttlSeconds: this.#ttlSeconds(place) });
  }

  /** The record again. */
  entry(place: RecordPlace, planter: Id, infoHash: InfoHash): PlantEntry {
    const kept = this.#bytes.read(this.words[place + KEPT]!);
    const shape = this.words[place + SHAPE]!;
    if ((shape & WHOLE_BIT) !== 0) return asPlant(restoreEntry('plant', planter, kept, 0));
    const statement: PlantStatement = {
      infoHash,
      ...((shape & V2_BIT) === 0 ? {} : { infoHashV2: hexOf(kept, SIGNATURE_BYTES, SIGNATURE_BYTES + V2_BYTES) }),
      ...((shape & TWIN_BIT) === 0 ? {} : { twin: hexOf(kept, kept.length - 20, kept.length) }),
      copies: this.copies(place),
      seq: this.seq(place),
      ttlSeconds: this.#ttlSeconds(place),
    };
    const bytes = Uint8Array.from(plantBytes(planter, statement, kept));
    const { seq } = statement;
    return { type: 'plant', author: planter, subject: infoHash, seq, expiresAt: expiryOf(statement), statement, bytes };
  }

  #write(place: RecordPlace, entry: PlantEntry): void {
    const { shape, kept } = this.#pack(entry);
    writeWide(entry.seq, this.words, place + SEQ);
    this.words[place + SHAPE] = shape;
    this.words[place + KEPT] = this.#bytes.keep(kept);
  }

  #pack(entry: PlantEntry): Packed {
    if (this.#packed?.entry !== entry) this.#packed = { entry, ...packed(entry) };
    return this.#packed;
  }

  #ttlSeconds(place: RecordPlace): number {
    return this.words[place + SHAPE]! & TTL_MASK;
  }
}

interface Packed {
  readonly entry: PlantEntry;
  readonly shape: number;
  readonly kept: Uint8Array;
}

function packed({ author, statement, bytes, isPlain = false }: PlantEntry): Omit<Packed, 'entry'> {
  const { ttlSeconds, copies, infoHashV2, twin } = statement;
  const shape = ttlSeconds | (copies << TTL_BITS);
  const signature = signatureOf(bytes);
  if (!isPlain && !plantBytes(author, statement, signature).equals(bytes))
    return { shape: shape | WHOLE_BIT, kept: bytes };
  if (infoHashV2 === undefined && twin === undefined) return { shape, kept: signature };
  return {
    shape: shape | (infoHashV2 === undefined ? 0 : V2_BIT) | (twin === undefined ? 0 : TWIN_BIT),
    kept: Buffer.concat([signature, Buffer.from(infoHashV2 ?? '', 'hex'), Buffer.from(twin ?? '', 'hex')]),
  };
}

function asPlant(entry: ReturnType<typeof restoreEntry>): PlantEntry {
  if (entry.type !== 'plant') throw new Error(`${entry.type} among the plants`);
  return entry;
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex', start, end);
}
