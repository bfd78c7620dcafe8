import { expect } from 'chai';
import fc from 'fast-check';
import parseTorrent from 'parse-torrent';
import { PublicError } from '../../../../shared/errors.ts';
import { formatMagnet, parseMagnet } from '../../../../shared/protocol/torrent/magnet.ts';

const V1 = '0123456789abcdef0123456789abcdef01234567';
const V2 = 'ab'.repeat(32);

describe('shared/protocol/torrent/magnet.ts', () => {
  it('writes both hashes of a hybrid, its name and its trackers (BEP 9, 52)', () => {
    const magnet = formatMagnet({
      infoHash: V1,
      infoHashV2: V2,
      name: 'a b&c',
      length: 7,
      trackers: ['http://x:1/announce'],
    });
    expect(magnet).to.equal(
      `magnet:?xt=urn:btih:${V1}&xt=urn:btmh:1220${V2}&dn=a%20b%26c&xl=7&tr=http%3A%2F%2Fx%3A1%2Fannounce`,
    );
  });

  it('writes what parse-torrent reads', async () => {
    const trackers = ['http://[::1]:6969/announce', 'udp://192.0.2.1:6969/announce'];
    const read = await parseTorrent(formatMagnet({ infoHash: V1, name: 'é ü%', trackers }));
    expect(read.infoHash).to.equal(V1);
    expect(read.name).to.equal('é ü%');
    expect(read.announce).to.deep.equal(trackers);
  });

  it('reads hex, base32 and version 2, and gives the hashes to ask trackers for', () => {
    expect(parseMagnet(`magnet:?xt=urn:btih:${V1.toUpperCase()}`).hashes).to.deep.equal([V1]);
    expect(parseMagnet('MAGNET:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH').hashes).to.deep.equal([V1]);
    expect(parseMagnet(`magnet:?xt=URN:BTIH:${V1}`).hashes).to.deep.equal([V1]);
    expect(parseMagnet(`magnet:?xt=urn:btmh:1220${V2}`)).to.deep.equal({
      infoHashV2: V2,
      hashes: [V2.slice(0, 40)],
      trackers: [],
    });
    expect(parseMagnet(`magnet:?xt.1=urn:btih:${V1}&xt.2=urn:btmh:1220${V2}`).hashes).to.deep.equal([
      V1,
      V2.slice(0, 40),
    ]);
  });

  it('names each tracker once, and a bounded number of them', () => {
    const trackers = Array.from({ length: 150 }, (_, index) => `&tr=http://t${index}/announce`).join('');
    const { trackers: read } = parseMagnet(`magnet:?xt=urn:btih:${V1}&tr=http://t0/announce${trackers}`);
    expect(read).to.have.length(100);
    expect(read.slice(0, 2)).to.deep.equal(['http://t0/announce', 'http://t1/announce']);
  });

  it('takes a length of digits alone', () => {
    for (const [text, length] of [
      ['0', 0],
      ['9007199254740991', 2 ** 53 - 1],
      ['9007199254740992', undefined],
      ['', undefined],
      ['1e3', undefined],
      ['0x10', undefined],
      ['-1', undefined],
      [' 1', undefined],
    ] as const) {
      expect(parseMagnet(`magnet:?xt=urn:btih:${V1}&xl=${text}`).length, text).to.equal(length);
    }
  });

  it('reads 64 KiB and no more', () => {
    const sized = (length: number) => `magnet:?xt=urn:btih:${V1}&dn=`.padEnd(length, 'x');
    expect(parseMagnet(sized(65_536)).hashes).to.deep.equal([V1]);
    expect(() => parseMagnet(sized(65_537))).to.throw(PublicError, 'not a magnet link');
  });

  it('survives a round trip', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.maxSafeNat(),
        fc.uniqueArray(fc.webUrl()),
        (name, length, trackers) => {
          const magnet = { infoHash: V1, infoHashV2: V2, name, length, trackers };
          expect(parseMagnet(formatMagnet(magnet))).to.deep.equal({ ...magnet, hashes: [V1, V2.slice(0, 40)] });
        },
      ),
    );
  });

  const wrong = [
    '',
    'magnet:',
    'magnet:?',
    'magnet:?dn=x',
    'http://x/?xt=urn:btih:0',
    'magnet:?xt=urn:sha1:AAAA',
    `magnet:?xt=urn:btih:${V1}0`,
    `magnet:?xt=urn:btih:${V1.slice(1)}`,
    `magnet:?xt=urn:btih:${V2}`,
    `magnet:?xt=urn:btmh:1220${V1}`,
    `magnet:?xt=urn:btmh:${V2}`,
    `magnet:?xt=urn:btih:${V1}&dn=${'x'.repeat(70_000)}`,
  ];
  for (const text of wrong) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
      expect(() => parseMagnet(text))
        .to.throw(PublicError, 'not a magnet link')
        .with.property('code', 'magnet');
    });
  }
});
