import { expect } from 'chai';
import fc from 'fast-check';
import { REFUSALS } from '../../../../shared/protocol/tracker/refusal.ts';
import {
  AnnounceRequest,
  identityOfBytes,
  identityOfKey,
  ScrapeRequest,
} from '../../../../shared/protocol/tracker/tracker-messages.ts';
import { parseUdpAnnounce, parseUdpScrape, readAction } from '../../../../shared/protocol/tracker/udp-request.ts';

const CONNECT = '0000041727101980 00000000 11223344';
const ANNOUNCE = [
  '0102030405060708 00000001 11223344',
  'f2193cc8af86571b4ddfed34c607372597e76026',
  '2d5452333030302d727339646f76766c38666a71',
  '0000000000000005 0000000000100000 0000000000000006',
  '00000002 06060606 63353451 ffffffff 1b58',
].join('');

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

function action(bytes: Buffer): number {
  return readAction(bytes, bytes.length);
}

function withWord(at: number, word: number): Buffer {
  const bytes = hex(ANNOUNCE);
  bytes.writeUInt32BE(word >>> 0, at);
  return bytes;
}

function announce(bytes: Buffer, family: 4 | 6 = 4): AnnounceRequest {
  const request = new AnnounceRequest();
  expect(parseUdpAnnounce(bytes, family, request)).to.equal(undefined);
  return request;
}

describe('shared/protocol/tracker/udp-request.ts', () => {
  it('recognises the three requests (BEP 15)', () => {
    expect(action(hex(CONNECT))).to.equal(0);
    expect(action(hex(ANNOUNCE))).to.equal(1);
    expect(action(hex('0102030405060708 00000002 11223344'))).to.equal(2);
  });

  it('sees no request in a wrong protocol id, an unknown action or a short announce', () => {
    expect(action(hex('0000041727101981 00000000 11223344'))).to.equal(-1);
    for (const unknown of ['00000003', '00000004', 'ffffffff', '01000001']) {
      expect(action(hex(`0102030405060708 ${unknown} 11223344 ${'00'.repeat(100)}`)), unknown).to.equal(-1);
    }
    const bytes = hex(ANNOUNCE);
    for (let length = 0; length < 98; length++) expect(readAction(bytes, length), `${length}`).to.equal(-1);
  });

  it('tolerates bytes behind a connect and an announce, such as options (BEP 41)', () => {
    expect(action(hex(`${CONNECT}0000`))).to.equal(0);
    for (const tail of ['00', '0000', '020c2f616e6e6f756e63653f6b3d76', '02ff2f', '0102']) {
      expect(action(hex(ANNOUNCE + tail)), tail).to.equal(1);
      expect(announce(hex(ANNOUNCE + tail)).port, tail).to.equal(7000);
    }
  });

  it('reads every field of an announce, and takes no address from it', () => {
    const request = new AnnounceRequest();
    request.address.fill(9);
    expect(parseUdpAnnounce(hex(ANNOUNCE), 4, request)).to.equal(undefined);
    expect(request.infoHash.toString('hex')).to.equal('f2193cc8af86571b4ddfed34c607372597e76026');
    expect(request).to.include({ left: 1048576, event: 2, port: 7000, numwant: 50 });
    expect(request).to.include({ isSeeder: false, isCompact: true, identity: identityOfKey(0x63353451) });
    expect(request.address.every((byte) => byte === 9)).to.equal(true);
  });

  it('resolves numwant, cut to what an answer of 1200 bytes holds', () => {
    for (const [asked, given] of [
      [0, 0],
      [1, 1],
      [3, 3],
      [-1, 50],
      [-5, 50],
      [196, 196],
      [200, 196],
      [2 ** 31 - 1, 196],
    ]) {
      expect(announce(withWord(92, asked!)).numwant, `${asked}`).to.equal(given);
    }
    expect(announce(withWord(92, 200), 6).numwant).to.equal(65);
  });

  it('asks for no peers when stopping', () => {
    expect(announce(withWord(80, 3))).to.include({ event: 3, numwant: 0 });
  });

  it('takes unknown events as updates', () => {
    for (const event of [4, 0xffffffff, 0x01000000]) expect(announce(withWord(80, event)).event).to.equal(0);
  });

  it('knows a seeder by left alone, and is not fooled by huge values', () => {
    const bytes = hex(ANNOUNCE);
    bytes.fill(0, 64, 72);
    expect(announce(bytes).isSeeder).to.equal(true);
    bytes.writeUInt32BE(1, 64);
    expect(announce(bytes)).to.include({ isSeeder: false, left: 2 ** 32 });
    bytes.fill(255, 64, 72);
    expect(announce(bytes).isSeeder).to.equal(false);
  });

  it('tells clients without a key apart by peer id', () => {
    expect(announce(withWord(88, 0)).identity).to.equal(identityOfBytes(Buffer.from('-TR3000-rs9dovvl8fjq'), 20));
  });

  it('refuses port 0', () => {
    const bytes = hex(ANNOUNCE);
    bytes.writeUInt16BE(0, 96);
    expect(parseUdpAnnounce(bytes, 4, new AnnounceRequest())).to.equal(REFUSALS.badPort);
  });

  it('reads up to 74 hashes of a scrape in the order asked, and ignores half ones', () => {
    const into = new ScrapeRequest();
    for (const [hashes, rest, count] of [
      [1, 0, 1],
      [2, 19, 2],
      [74, 0, 74],
      [75, 3, 74],
    ] as const) {
      const bytes = Buffer.concat([
        hex('0102030405060708 00000002 11223344'),
        ...Array.from({ length: hashes }, (_, i) => Buffer.alloc(20, 255 - i)),
        Buffer.alloc(rest),
      ]);
      expect(parseUdpScrape(bytes, bytes.length, into)).to.equal(undefined);
      expect(into.count).to.equal(count);
      expect(into.hashes.subarray((count - 1) * 20, count * 20)).to.deep.equal(Buffer.alloc(20, 256 - count));
    }
    expect(parseUdpScrape(Buffer.alloc(35), 35, into)).to.equal(REFUSALS.noScrapeHashes);
  });

  it('throws on no bytes of any length', () => {
    const request = new AnnounceRequest();
    const scrape = new ScrapeRequest();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: -1, max: 4 }), (random, wanted) => {
        const bytes = Buffer.from(random);
        if (bytes.length >= 12) bytes.writeInt32BE(wanted, 8);
        const found = action(bytes);
        if (found === 1) parseUdpAnnounce(bytes, 4, request);
        if (found === 2) parseUdpScrape(bytes, bytes.length, scrape);
        expect([-1, 0, 1, 2]).to.include(found);
      }),
    );
  });
});
