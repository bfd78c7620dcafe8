import { expect } from 'chai';
import fc from 'fast-check';
import {
  HEAD_ANNOUNCE,
  HEAD_BAD,
  HEAD_INCOMPLETE,
  HEAD_OTHER,
  HEAD_SCRAPE,
  HttpHead,
  readForwardedFor,
} from '../../../../shared/protocol/tracker/http-head.ts';

const head = new HttpHead();

function read(text: string, start = 0): number {
  const bytes = Buffer.from(text, 'latin1');
  return head.read(bytes, start, bytes.length);
}

function query(text: string): string {
  return text.slice(head.queryStart, head.queryEnd);
}

function isKeptAlive(headers: string, version = '1.1'): boolean {
  expect(read(`GET /announce?x HTTP/${version}\r\n${headers}\r\n`)).to.equal(HEAD_ANNOUNCE);
  return head.isKeepAlive;
}

describe('shared/protocol/tracker/http-head.ts', () => {
  it('finds the query of an announce and a scrape, and the end of the head', () => {
    const announce = 'GET /announce?a=1&b=2 HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(read(`${announce}GET /scrape`)).to.equal(HEAD_ANNOUNCE);
    expect(query(announce)).to.equal('a=1&b=2');
    expect(head.end).to.equal(announce.length);
    const scrape = 'GET /scrape?c=3 HTTP/1.0\r\n\r\n';
    expect(read(announce + scrape, announce.length)).to.equal(HEAD_SCRAPE);
    expect(query(announce + scrape)).to.equal('c=3');
    expect(head.end).to.equal(announce.length + scrape.length);
  });

  it('finds an empty query where none is given', () => {
    for (const target of ['/announce', '/announce?', '/scrape?']) {
      const text = `GET ${target} HTTP/1.1\r\n\r\n`;
      expect(read(text), target).to.be.oneOf([HEAD_ANNOUNCE, HEAD_SCRAPE]);
      expect(query(text), target).to.equal('');
    }
  });

  it('keeps raw spaces, brackets, slashes and high bytes in the query', () => {
    const text = 'GET /announce?ipv6=[fd99::13]:23207&id=a b/c&x=\xff HTTP/1.1\r\n\r\n';
    expect(read(text)).to.equal(HEAD_ANNOUNCE);
    expect(query(text)).to.equal('ipv6=[fd99::13]:23207&id=a b/c&x=\xff');
  });

  it('skips blank lines and NUL bytes before a request', () => {
    expect(read('\0\r\n\nGET /announce?x HTTP/1.1\r\n\r\n')).to.equal(HEAD_ANNOUNCE);
    expect(head.start).to.equal(4);
    expect(read('\0')).to.equal(HEAD_INCOMPLETE);
    expect(head.start).to.equal(1);
  });

  it('takes bare line feeds as line ends', () => {
    const text = 'GET /announce?x HTTP/1.1\nConnection: close\n\n';
    expect(read(text)).to.equal(HEAD_ANNOUNCE);
    expect(query(text)).to.equal('x');
    expect(head.isKeepAlive).to.equal(false);
  });

  it('wants more of a head at whatever byte it is cut', () => {
    const text = 'GET /announce?a=1 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n';
    for (let end = 0; end < text.length; end++) expect(read(text.slice(0, end)), `${end}`).to.equal(HEAD_INCOMPLETE);
    expect(read(text)).to.equal(HEAD_ANNOUNCE);
  });

  it('reads targets in absolute form, RFC 9112 3.2.2, at whatever byte they are cut', () => {
    for (const origin of ['http://tracker.example:6969', 'HTTPS://[::1]', 'http://a']) {
      const text = `GET ${origin}/announce?a=1 HTTP/1.1\r\n\r\n`;
      for (let end = 0; end < text.length; end++) expect(read(text.slice(0, end)), `${end}`).to.equal(HEAD_INCOMPLETE);
      expect(read(text)).to.equal(HEAD_ANNOUNCE);
      expect(query(text)).to.equal('a=1');
      expect(head.end).to.equal(text.length);
      expect(read(`GET ${origin}/scrape?b HTTP/1.1\r\n\r\n`)).to.equal(HEAD_SCRAPE);
    }
    for (const target of [
      'http:///announce',
      'http://a?/announce',
      'http://a /announce',
      'ftp://a/announce',
      'http:/announce',
    ]) {
      expect(read(`GET ${target}?x HTTP/1.1\r\n\r\n`), target).to.equal(HEAD_OTHER);
    }
  });

  it('leaves every other request to others, as soon as it can be told', () => {
    const others = [
      'POST /announce?',
      'GET / ',
      'GET /announcer',
      'GET /announce/',
      'GET /scrapes',
      'GET /scrape ',
      'GET /stats',
      'get /',
    ];
    const strange = ['G ', 'HEAD', '\x16\x03\x01', 'PRI * HTTP/2.0', 'GET  /announce?x', 'GET http://x/announces'];
    for (const text of [...others, ...strange]) expect(read(text), text).to.equal(HEAD_OTHER);
  });

  it('keeps connections of HTTP/1.1 unless told to close, and none of HTTP/1.0', () => {
    expect(isKeptAlive('')).to.equal(true);
    expect(isKeptAlive('Connection: keep-alive\r\n')).to.equal(true);
    expect(isKeptAlive('Cookie: close\r\nconnectio: close\r\n')).to.equal(true);
    expect(isKeptAlive('Connection: close\r\n')).to.equal(false);
    expect(isKeptAlive('cOnNeCtIoN:foo, CLOSE\r\n')).to.equal(false);
    expect(isKeptAlive('', '1.0')).to.equal(false);
    expect(isKeptAlive('Connection: keep-alive\r\n', '1.0')).to.equal(false);
  });

  it('calls requests without a known version, or with a body, bad', () => {
    for (const end of ['', ' ', ' HTTP/0.9', ' HTTP/2.0', ' HTTP/1.2', ' http/1.1', ' HTTP/1.1 ', 'HTTP/1.']) {
      expect(read(`GET /announce?${end}\r\n\r\n`), end).to.equal(HEAD_BAD);
    }
    for (const header of [
      'Content-Length: 5',
      'content-length:\t1',
      'Transfer-Encoding: chunked',
      'Content-Length: 0, 1',
      'Content-Length : 5',
      'Content-Length : 0',
      'Content-Length:',
      'Content-Length:\r\n 5',
      'Transfer-Encoding : chunked',
    ]) {
      expect(read(`GET /scrape?x HTTP/1.1\r\n${header}\r\n\r\n`), header).to.equal(HEAD_BAD);
    }
    expect(read('GET /announce?x HTTP/1.1\r\nContent-Length: 0\r\n\r\n')).to.equal(HEAD_ANNOUNCE);
  });

  it('leaves requests for another protocol to others', () => {
    const text = 'GET /announce HTTP/1.1\r\nUser-Agent: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
    expect(read(text)).to.equal(HEAD_OTHER);
    expect(head.start).to.equal(0);
    expect(read('GET /announce HTTP/1.1\r\nUser-Agent: upgrade: x\r\n\r\n')).to.equal(HEAD_ANNOUNCE);
  });

  it('joins what proxies say in any number of X-Forwarded-For headers', () => {
    const bytes = Buffer.from(
      'GET /announce?x HTTP/1.1\r\nx-forwarded-for: 1.1.1.1 , 2.2.2.2\r\nHost: x\r\nX-Forwarded-For:3.3.3.3\r\n\r\n',
    );
    expect(head.read(bytes, 0, bytes.length)).to.equal(HEAD_ANNOUNCE);
    expect(readForwardedFor(bytes, head)).to.equal('1.1.1.1 , 2.2.2.2,3.3.3.3');
    read('GET /announce?x HTTP/1.1\r\n\r\n');
    expect(readForwardedFor(Buffer.from('GET /announce?x HTTP/1.1\r\n\r\n'), head)).to.equal('');
  });

  it('throws on no bytes, and stays within them', () => {
    const piece = fc.constantFrom(
      'GET /announce',
      'GET /scrape',
      '?',
      ' HTTP/1.1',
      '\r\n',
      '\n',
      'Connection: close',
      '\0',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (pieces, tail) => {
        const bytes = Buffer.concat([Buffer.from(pieces.join('')), tail]);
        const kind = head.read(bytes, 0, bytes.length);
        if (kind !== HEAD_ANNOUNCE && kind !== HEAD_SCRAPE) return;
        expect(head.queryStart).to.be.at.most(head.queryEnd);
        expect(head.queryEnd).to.be.below(head.end);
        expect(head.end).to.be.at.most(bytes.length);
      }),
    );
  });
});
