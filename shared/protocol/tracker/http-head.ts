// Recognises the requests of BitTorrent clients on an HTTP/1 connection (RFC 9112), in one pass over the raw bytes and
// without allocating. Whatever is not plainly `GET /announce` or `GET /scrape?` is left to a full HTTP server, a scrape of
// everything too.

/** The head's end has not come yet. */
export const HEAD_INCOMPLETE = 0;
export const HEAD_ANNOUNCE = 1;
export const HEAD_SCRAPE = 2;
/** Some other request, perhaps well-formed; also one that asks for another protocol, such as WebSocket. */
export const HEAD_OTHER = 3;
/** An announce or scrape that breaks the rules (no version, a body): answer with a refusal and close. */
export const HEAD_BAD = 4;
export type HeadKind = 0 | 1 | 2 | 3 | 4;

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUESTION_MARK = 0x3f;
const LOWER_CASE = 0x20;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;
const SLASH = 0x2f;
const LOWER_S = 0x73;

const GET = asciiBytes('GET ');
const ANNOUNCE = asciiBytes('/announce');
const SCRAPE = asciiBytes('/scrape');
const HTTP = asciiBytes('http');
const AUTHORITY = asciiBytes('://');
const VERSION = asciiBytes(' HTTP/1.');
const CLOSE = asciiBytes('close');
const CONNECTION = asciiBytes('connection:');
/** Without the colon: a proxy that reads `Content-Length : 5` as a length must not send on a body that is a request here. */
const CONTENT_LENGTH = asciiBytes('content-length');
const TRANSFER_ENCODING = asciiBytes('transfer-encoding');
const UPGRADE = asciiBytes('upgrade:');
const FORWARDED_FOR = asciiBytes('x-forwarded-for:');

/** Where the parts of a head lie; reused for every request. Only `start` counts unless it is an announce or scrape. */
export class HttpHead {
  /** Behind blank lines and NUL bytes that some clients send after a request. */
  start = 0;
  /** The query without its `?`; empty when there is none. */
  queryStart = 0;
  queryEnd = 0;
  headersStart = 0;
  /** Behind the blank line. */
  end = 0;
  isKeepAlive = false;
  #hasBody = false;
  #wantsUpgrade = false;

  /** Reads the head that begins at `bytes[start]`; raw spaces in the query are taken as part of it. Never throws. */
  read(bytes: Uint8Array, start: number, end: number): HeadKind {
    let at = start;
    while (at < end && (bytes[at] === CR || bytes[at] === LF || bytes[at] === NUL)) at++;
    this.start = at;
    const kind = this.#readTarget(bytes, at, end);
    if (kind !== HEAD_ANNOUNCE && kind !== HEAD_SCRAPE) return kind;
    const lineFeed = indexOfByte(bytes, LF, this.queryStart, end);
    if (lineFeed === -1) return HEAD_INCOMPLETE;
    const hasVersion = this.#readVersion(bytes, lineFeed);
    if (!this.#readHeaders(bytes, lineFeed + 1, end)) return HEAD_INCOMPLETE;
    if (this.#wantsUpgrade) return HEAD_OTHER;
    return hasVersion && !this.#hasBody ? kind : HEAD_BAD;
  }

  #readTarget(bytes: Uint8Array, start: number, end: number): HeadKind {
    const path = start + GET.length;
    const available = Math.min(GET.length, end - start);
    for (let i = 0; i < available; i++) if (bytes[start + i] !== GET[i]) return HEAD_OTHER;
    if (path >= end) return HEAD_INCOMPLETE;
    if (bytes[path] === SLASH) return this.#readPath(bytes, path, end);
    const absolutePath = pathAfterOrigin(bytes, path, end);
    if (absolutePath === -1) return HEAD_OTHER;
    return absolutePath === end ? HEAD_INCOMPLETE : this.#readPath(bytes, absolutePath, end);
  }

  #readPath(bytes: Uint8Array, start: number, end: number): HeadKind {
    const isScrape = start + 1 < end && bytes[start + 1] === SCRAPE[1];
    const path = isScrape ? SCRAPE : ANNOUNCE;
    const available = Math.min(path.length, end - start);
    for (let i = 0; i < available; i++) if (bytes[start + i] !== path[i]) return HEAD_OTHER;
    const at = start + path.length;
    if (at >= end) return HEAD_INCOMPLETE;
    if (bytes[at] !== QUESTION_MARK && (isScrape || bytes[at] !== SPACE)) return HEAD_OTHER;
    this.queryStart = bytes[at] === QUESTION_MARK ? at + 1 : at;
    return isScrape ? HEAD_SCRAPE : HEAD_ANNOUNCE;
  }

  /** The version stands at the end of the line; HTTP/1.0 never keeps the connection. */
  #readVersion(bytes: Uint8Array, lineFeed: number): boolean {
    const lineEnd = bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    const minor = bytes[lineEnd - 1];
    this.queryEnd = lineEnd - 1 - VERSION.length;
    this.isKeepAlive = minor === DIGIT_1;
    if (this.queryEnd < this.queryStart || (minor !== DIGIT_0 && minor !== DIGIT_1)) return false;
    return matches(bytes, this.queryEnd, VERSION);
  }

  /** False when the blank line has not come yet. */
  #readHeaders(bytes: Uint8Array, start: number, end: number): boolean {
    this.headersStart = start;
    this.#hasBody = false;
    this.#wantsUpgrade = false;
    let lineStart = start;
    for (;;) {
      const lineFeed = indexOfByte(bytes, LF, lineStart, end);
      if (lineFeed === -1) return false;
      const length = lineFeed - lineStart;
      if (length === 0 || (length === 1 && bytes[lineStart] === CR)) {
        this.end = lineFeed + 1;
        return true;
      }
      this.#readHeader(bytes, lineStart, lineFeed);
      lineStart = lineFeed + 1;
    }
  }

  #readHeader(bytes: Uint8Array, start: number, end: number): void {
    switch (bytes[start]! | LOWER_CASE) {
      case CONNECTION[0]:
        if (isNamed(bytes, start, end, CONNECTION)) {
          if (containsClose(bytes, start + CONNECTION.length, end)) this.isKeepAlive = false;
        } else if (isNamed(bytes, start, end, CONTENT_LENGTH)) {
          if (!isZero(bytes, start + CONTENT_LENGTH.length, end)) this.#hasBody = true;
        }
        break;
      case TRANSFER_ENCODING[0]:
        if (isNamed(bytes, start, end, TRANSFER_ENCODING)) this.#hasBody = true;
        break;
      case UPGRADE[0]:
        if (isNamed(bytes, start, end, UPGRADE)) this.#wantsUpgrade = true;
    }
  }
}

/** The values of all X-Forwarded-For headers in a head that `HttpHead` has read, joined by commas; empty without one. */
export function readForwardedFor(bytes: Buffer, head: HttpHead): string {
  const values: string[] = [];
  for (let at = head.headersStart; at < head.end; ) {
    const lineFeed = indexOfByte(bytes, LF, at, head.end);
    if (isNamed(bytes, at, lineFeed, FORWARDED_FOR)) {
      values.push(bytes.toString('latin1', at + FORWARDED_FOR.length, lineFeed).trim());
    }
    at = lineFeed + 1;
  }
  return values.join(',');
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Where the path of a target in absolute form begins, `http://host/announce` (RFC 9112, 3.2.2), which HTTP/1.1 clients send to
 * proxies and servers must understand: -1 when it is none, `end` when it may become one.
 */
function pathAfterOrigin(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (const letter of HTTP) {
    if (at === end) return end;
    if ((bytes[at++]! | LOWER_CASE) !== letter) return -1;
  }
  if (at < end && (bytes[at]! | LOWER_CASE) === LOWER_S) at++;
  for (const character of AUTHORITY) {
    if (at === end) return end;
    if (bytes[at++] !== character) return -1;
  }
  const authority = at;
  while (at < end && bytes[at] !== SLASH) {
    if (bytes[at]! <= SPACE || bytes[at] === QUESTION_MARK) return -1;
    at++;
  }
  return at === authority && at < end ? -1 : at;
}

/** A loop: for the short lines of a head cheaper than a call of `indexOf`. */
function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return at;
  return -1;
}

function matches(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** Whether the line begins with `name`, which is in lower case. */
function isNamed(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start < name.length) return false;
  for (let i = 0; i < name.length; i++) if ((bytes[start + i]! | LOWER_CASE) !== name[i]) return false;
  return true;
}

function containsClose(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + CLOSE.length <= end; at++) {
    let i = 0;
    while (i < CLOSE.length && (bytes[at + i]! | LOWER_CASE) === CLOSE[i]) i++;
    if (i === CLOSE.length) return true;
  }
  return false;
}

/** Whether a colon and zeros stand there, and nothing else; with nothing at all the length may follow in the next line. */
function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== COLON) return false;
  let zeros = 0;
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] === DIGIT_0) zeros++;
    else if (bytes[at] !== SPACE && bytes[at] !== CR) return false;
  }
  return zeros > 0;
}
