// A record as the directory keeps it: verified, understood, its original bytes at hand to pass on.

import { PublicError } from '../../shared/errors.ts';
import { decode } from '../../shared/protocol/encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readText } from '../../shared/protocol/encoding/fields.ts';
import { expiryOf, type Lasting } from '../../shared/protocol/records/lasting.ts';
import { checkOperator } from '../../shared/protocol/records/operator.ts';
import { PUBLIC_KEY_BYTES } from '../../shared/protocol/records/public-key.ts';
import { type Id, openRecord, type SignedRecord } from '../../shared/protocol/records/record.ts';
import {
  type NodeStatement,
  nodeRecord,
  type PlantStatement,
  plantRecord,
  type ReceiptStatement,
  receiptRecord,
  type SupernodeStatement,
  supernodeRecord,
} from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { readPlainPlant } from './plant-bytes.ts';

interface EntryOf<Type extends string, Statement extends Lasting> {
  readonly type: Type;
  readonly author: Id;
  /** What of the author's the record is about: an info hash, or nothing when there is one record per author. */
  readonly subject: InfoHash | '';
  readonly seq: number;
  /** Unix ms from which the record no longer counts. */
  readonly expiresAt: number;
  readonly statement: Statement;
  /** As signed. */
  readonly bytes: Uint8Array;
}

export type NodeEntry = EntryOf<'node', NodeStatement>;
export type SupernodeEntry = EntryOf<'supernode', SupernodeStatement>;
export interface PlantEntry extends EntryOf<'plant', PlantStatement> {
  /** What it says and its signature are enough to write `bytes` again; that it is not said proves nothing. */
  readonly isPlain?: boolean;
}
export type ReceiptEntry = EntryOf<'receipt', ReceiptStatement>;
/** Those who answer pings. */
export type MemberEntry = NodeEntry | SupernodeEntry;
export type Entry = MemberEntry | PlantEntry | ReceiptEntry;

export function isMember(entry: Entry): entry is MemberEntry {
  return entry.type === 'node' || entry.type === 'supernode';
}

/** What a record is about, without the record. */
export type EntryKey = Pick<Entry, 'type' | 'author' | 'subject'>;

const MAX_TYPE_BYTES = 16;
const TYPES = ['node', 'supernode', 'plant', 'receipt'] as const;
export type EntryType = (typeof TYPES)[number];

/** Verifies and reads a record of any type that a directory keeps; throws PublicError. */
export function openEntry(bytes: Uint8Array, now: number): Entry {
  const entry = readEntry(openRecord(bytes, TYPES), now);
  if (entry.type === 'node') checkNode(entry);
  return entry;
}

/**
 * Reads a record of any type that a directory keeps and does not verify it, which takes a hundred times as long: good only to
 * find out whether it is known. Throws PublicError.
 */
export function readUnverified(bytes: Uint8Array, now: number): Entry {
  const fields = readDictionary(decode(bytes), 'record');
  const text = readText(fields, 't', MAX_TYPE_BYTES);
  const type = TYPES.find((candidate) => candidate === text);
  if (type === undefined) throw new PublicError('record', `expected a record of type ${TYPES.join(' or ')}`);
  const author = readBytes(fields, 'k', PUBLIC_KEY_BYTES).toString('hex');
  return readEntry({ type, author, payload: readBytes(fields, 'p'), bytes }, now);
}

/**
 * Reads a record that was verified before it was stored, also when the clock has been set back since; throws PublicError
 * when it has expired. The bytes of a plant are not copied: they must be nothing but the record.
 */
export function restoreEntry(type: EntryType, author: Id, bytes: Uint8Array, now: number): Entry {
  if (type === 'plant') {
    const plant = readPlainPlant(author, bytes);
    const expiresAt = plant === undefined ? 0 : expiryOf(plant);
    if (plant !== undefined && expiresAt > now) {
      const { infoHash, seq } = plant;
      return { type, author, subject: infoHash, seq, expiresAt, statement: plant, bytes, isPlain: true };
    }
  }
  const payload = readBytes(readDictionary(decode(bytes), 'record'), 'p');
  const seq = readInteger(readDictionary(decode(payload), type), 'seq', 0, Number.MAX_SAFE_INTEGER);
  return readEntry({ type, author, payload, bytes }, Math.max(seq, now));
}

/** Verifies and reads a supernode record; throws PublicError. */
export function openSupernode(bytes: Uint8Array, now: number): SupernodeEntry {
  const { record, value } = supernodeRecord.open(bytes, now);
  return entryOf('supernode', '', record, value);
}

/** Verifies and reads a node's or a supernode's record; throws PublicError. */
export function openMember(bytes: Uint8Array, now: number): MemberEntry {
  const record = openRecord(bytes, ['node', 'supernode']);
  return record.type === 'node'
    ? checkNode(entryOf('node', '', record, nodeRecord.read(record, now)))
    : entryOf('supernode', '', record, supernodeRecord.read(record, now));
}

/** Verifies and reads a plant record; throws PublicError. */
export function openPlant(bytes: Uint8Array, now: number): PlantEntry {
  const { record, value } = plantRecord.open(bytes, now);
  return entryOf('plant', value.infoHash, record, value);
}

/** Verifies and reads a receipt; throws PublicError. */
export function openReceipt(bytes: Uint8Array, now: number): ReceiptEntry {
  const { record, value } = receiptRecord.open(bytes, now);
  return entryOf('receipt', value.infoHash, record, value);
}

function checkNode(entry: NodeEntry): NodeEntry {
  const { operator } = entry.statement;
  if (operator !== undefined) checkOperator(entry.author, operator);
  return entry;
}

function readEntry(record: SignedRecord, now: number): Entry {
  switch (record.type) {
    case 'node':
      return entryOf('node', '', record, nodeRecord.read(record, now));
    case 'supernode':
      return entryOf('supernode', '', record, supernodeRecord.read(record, now));
    case 'plant': {
      const plant = plantRecord.read(record, now);
      return entryOf('plant', plant.infoHash, record, plant);
    }
    case 'receipt': {
      const receipt = receiptRecord.read(record, now);
      return entryOf('receipt', receipt.infoHash, record, receipt);
    }
    default:
      throw new PublicError('record', `a directory keeps no ${record.type} records`);
  }
}

/**
 * The bytes are copied: what arrived is a slice of a whole message, which would stay in memory with it. Not into Node.js'
 * pool, which records would share with short-lived bytes: that takes a quarter more.
 */
function entryOf<Type extends EntryType, Statement extends Lasting>(
  type: Type,
  subject: InfoHash | '',
  record: Pick<SignedRecord, 'author' | 'bytes'>,
  statement: Statement,
): EntryOf<Type, Statement> {
  return {
    type,
    author: record.author,
    subject,
    seq: statement.seq,
    expiresAt: expiryOf(statement),
    statement,
    bytes: Uint8Array.from(record.bytes),
  };
}
