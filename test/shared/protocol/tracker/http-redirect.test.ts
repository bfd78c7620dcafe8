import { expect } from 'chai';
import fc from 'fast-check';
import { maxRedirectBytes, writeRedirect } from '../../../../shared/protocol/tracker/http-redirect.ts';

const URL = 'http://192.0.2.1:6969/announce';

function redirect(query: Buffer, isKeepAlive = true): string {
  const out = Buffer.alloc(2 + maxRedirectBytes(URL.length, query.length));
  const end = writeRedirect(isKeepAlive, URL, query, 0, query.length, out, 2);
  expect(end).to.be.at.most(out.length);
  return out.toString('latin1', 2, end);
}

describe('shared/protocol/tracker/http-redirect.ts', () => {
  it('copies the query exactly, high bytes and broken escapes too', () => {
    const query = 'info_hash=%aB%2f\xe9\xff&x=%zz%&&?=';
    expect(redirect(Buffer.from(query, 'latin1'))).to.equal(
      `HTTP/1.1 302 Found\r\nLocation: ${URL}?${query}\r\nContent-Length: 0\r\n\r\n`,
    );
  });

  it('says when the connection is closed behind it', () => {
    expect(redirect(Buffer.from('a'), false)).to.equal(
      `HTTP/1.1 302 Found\r\nLocation: ${URL}?a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  });

  it('escapes what would end the header, and raw spaces', () => {
    expect(redirect(Buffer.from('a\r\nSet-Cookie: b\0\t\x7f'))).to.contain(
      `${URL}?a%0D%0ASet-Cookie:%20b%00%09%7F\r\n`,
    );
  });

  it('takes no more than is reserved for it, and all of that when every byte is escaped', () => {
    const query = Buffer.alloc(10, 0x20);
    expect(redirect(query, false)).to.have.length(maxRedirectBytes(URL.length, query.length));
  });

  it('is one header whose query has the same bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const lines = redirect(Buffer.from(bytes)).split('\r\n');
        expect(lines).to.have.length(5);
        const query = lines[1]!.slice(`Location: ${URL}?`.length);
        const isEscape = (at: number): boolean => bytes[at]! <= 0x20 || bytes[at] === 0x7f;
        let at = 0;
        for (const byte of bytes.keys()) {
          const expected = isEscape(byte)
            ? `%${bytes[byte]!.toString(16).toUpperCase().padStart(2, '0')}`
            : String.fromCharCode(bytes[byte]!);
          expect(query.slice(at, at + expected.length)).to.equal(expected);
          at += expected.length;
        }
        expect(at).to.equal(query.length);
      }),
    );
  });
});
