// The redirect of a BitTorrent client to another tracker over HTTP/1.1, written as bytes: libraries for HTTP change a query
// whose values are binary, and clients send such queries.

const START = Buffer.from('HTTP/1.1 302 Found\r\nLocation: ');
const KEEP_ALIVE_END = Buffer.from('\r\nContent-Length: 0\r\n\r\n');
const CLOSE_END = Buffer.from('\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');

const SPACE = 0x20;
const QUESTION_MARK = 0x3f;
const PERCENT = 0x25;
const DELETE = 0x7f;
const HEX = Buffer.from('0123456789ABCDEF');
/** `%0D` */
const ESCAPED_BYTES = 3;

/** More than the response takes for a URL and a query of so many bytes, all of which may have to be escaped. */
export function maxRedirectBytes(urlBytes: number, queryBytes: number): number {
  return START.length + urlBytes + 1 + ESCAPED_BYTES * queryBytes + CLOSE_END.length;
}

/**
 * Writes the redirect to `url`, which is ASCII and has no query, with the query `bytes[start..end)` exactly as it came, but for
 * bytes that would end a header or its value: raw spaces and control characters are escaped. The response's end.
 */
export function writeRedirect(
  isKeepAlive: boolean,
  url: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Buffer,
  at: number,
): number {
  let written = at + START.copy(out, at);
  written += out.write(url, written, 'latin1');
  out[written++] = QUESTION_MARK;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte > SPACE && byte !== DELETE) out[written++] = byte;
    else {
      out[written++] = PERCENT;
      out[written++] = HEX[byte >> 4]!;
      out[written++] = HEX[byte & 15]!;
    }
  }
  return written + (isKeepAlive ? KEEP_ALIVE_END : CLOSE_END).copy(out, written);
}
