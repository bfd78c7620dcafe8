// Plant records that say nothing unheard of, written from what they say: only their signature has to be kept. Takes 1 µs, and
// reading one 2 µs, a tenth of what any record takes.

import { PUBLIC_KEY_BYTES } from '../../shared/protocol/records/public-key.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { MAX_COPIES, type PlantStatement } from '../../shared/protocol/records/statements.ts';

export const SIGNATURE_BYTES = 64;
/** What follows the signature. */
const END = '1:t5:plante';
/** `d1:k32:`, the key, `1:p81:` (or a longer length) and the payload with the copies and the info hash at its beginning. */
const KEY_AT = 7;
const LENGTH_AT: number = KEY_AT + PUBLIC_KEY_BYTES + 3;
const COLON = 0x3a;
const LETTER_E = 0x65;
const DIGIT_0 = 0x30;

/** The record as its author signed it. */
export function plantBytes(planter: Id, statement: PlantStatement, signature: Uint8Array): Buffer {
  const { copies, infoHash, infoHashV2, seq, ttlSeconds, twin } = statement;
  const v2 = infoHashV2 === undefined ? '' : `12:info_hash_v232:${fromHex(infoHashV2)}`;
  const other = twin === undefined ? '' : `4:twin20:${fromHex(twin)}`;
  const payload = `d6:copiesi${copies}e9:info_hash20:${fromHex(infoHash)}${v2}3:seqi${seq}e3:ttli${ttlSeconds}e${other}e`;
  const signed = Buffer.from(signature.buffer, signature.byteOffset, SIGNATURE_BYTES).toString('latin1');
  return Buffer.from(`d1:k32:${fromHex(planter)}1:p${payload.length}:${payload}1:s64:${signed}${END}`, 'latin1');
}

export function signatureOf(record: Uint8Array): Uint8Array {
  const end = record.length - END.length;
  return record.subarray(end - SIGNATURE_BYTES, end);
}

/** What a verified record of this planter says; undefined when it takes a reader that knows all records. */
export function readPlainPlant(planter: Id, record: Uint8Array): PlantStatement | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const payloadAt = bytes.indexOf(COLON, LENGTH_AT) + 1;
  const hashAt = payloadAt + 'd6:copiesi0e9:info_hash20:'.length;
  const seqAt = hashAt + 20 + '3:seqi'.length;
  const copies = bytes[payloadAt + 'd6:copiesi'.length]! - DIGIT_0;
  const seq = readNumber(bytes, seqAt);
  const ttlSeconds = readNumber(bytes, bytes.indexOf(LETTER_E, seqAt) + '3:ttli'.length + 1);
  if (!(copies >= 0 && copies <= MAX_COPIES) || !Number.isSafeInteger(seq)) return undefined;
  const statement = { infoHash: bytes.toString('hex', hashAt, hashAt + 20), copies, seq, ttlSeconds };
  // What looked like something else comes out as other bytes.
  return plantBytes(planter, statement, signatureOf(record)).equals(bytes) ? statement : undefined;
}

function readNumber(bytes: Buffer, at: number): number {
  let value = 0;
  for (let digit = bytes[at]!; digit !== LETTER_E && digit !== undefined; digit = bytes[++at]!) {
    value = value * 10 + (digit - DIGIT_0);
  }
  return value;
}

function fromHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}
