// The frame around an answer of the tracker over HTTP/1.1: fixed headers and a Content-Length, never chunks. Bodies are
// written behind the head before their length is known.

import { decimalLength, writeDecimal } from '../encoding/decimal.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
const KEEP_ALIVE_HEAD = Buffer.from(`${HEAD}Content-Length: `);
const CLOSE_HEAD = Buffer.from(`${HEAD}Connection: close\r\nContent-Length: `);
const CRLF_CRLF = Buffer.from('\r\n\r\n');
/** Nearly all bodies have 100 to 999 bytes; others are moved by a byte or two. */
const EXPECTED_LENGTH_DIGITS = 3;

/** More than any head takes. */
export const MAX_RESPONSE_HEAD_BYTES = 128;

/** Writes the head at `at`, but for the length, and says where the body begins. */
export function beginResponse(isKeepAlive: boolean, out: Buffer, at: number): number {
  const head = isKeepAlive ? KEEP_ALIVE_HEAD : CLOSE_HEAD;
  head.copy(out, at);
  return at + head.length + EXPECTED_LENGTH_DIGITS + CRLF_CRLF.length;
}

/** Fills in the length of the body `out[bodyStart..bodyEnd)`; the end of the whole response. */
export function endResponse(bodyStart: number, bodyEnd: number, out: Buffer): number {
  const length = bodyEnd - bodyStart;
  const shift = decimalLength(length) - EXPECTED_LENGTH_DIGITS;
  if (shift !== 0) out.copyWithin(bodyStart + shift, bodyStart, bodyEnd);
  const lengthEnd = writeDecimal(length, out, bodyStart - CRLF_CRLF.length - EXPECTED_LENGTH_DIGITS);
  for (let i = 0; i < CRLF_CRLF.length; i++) out[lengthEnd + i] = CRLF_CRLF[i]!;
  return bodyEnd + shift;
}
