import { expect } from 'chai';
import fc from 'fast-check';
import { PublicError } from '../../../../shared/errors.ts';
import type { AnnounceCall } from '../../../../shared/protocol/tracker/tracker-calls.ts';
import {
  AnnounceRequest,
  EVENT_STARTED,
  identityOfKey,
  ScrapeRequest,
} from '../../../../shared/protocol/tracker/tracker-messages.ts';
import {
  readUdpAnnounce,
  readUdpConnect,
  readUdpScrape,
  readUdpTransaction,
  udpAnnounceCall,
  udpConnectCall,
  udpScrapeCall,
} from '../../../../shared/protocol/tracker/udp-calls.ts';
import { parseUdpAnnounce, parseUdpScrape, readAction } from '../../../../shared/protocol/tracker/udp-request.ts';

const ID = hex('0102030405060708');
const CALL: AnnounceCall = {
  infoHash: 'ab'.repeat(20),
  peerId: Buffer.from('-XX0001-aaaaaaaaaaaa'),
  port: 6881,
  key: 0xdeadbeef,
  event: EVENT_STARTED,
  uploaded: 3,
  downloaded: 1,
  left: 2 ** 40,
  numwant: -1,
};

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

describe('shared/protocol/tracker/udp-calls.ts', () => {
  it('asks for a connection (BEP 15)', () => {
    expect(udpConnectCall(0xfedcba98).toString('hex')).to.equal('00000417271019800000000' + '0fedcba98');
  });

  it('writes an announce byte for byte (BEP 15)', () => {
    expect(udpAnnounceCall(ID, 0x11223344, CALL, '')).to.deep.equal(
      hex(
        `0102030405060708 00000001 11223344 ${'ab'.repeat(20)} 2d5858303030312d616161616161616161616161
         0000000000000001 0000010000000000 0000000000000003 00000002 00000000 deadbeef ffffffff 1ae1`.replace(
          /\s/g,
          '',
        ),
      ),
    );
  });

  it("puts the URL's path and query behind it, in parts of 255 bytes (BEP 41)", () => {
    const options = (urlData: string): string => udpAnnounceCall(ID, 1, CALL, urlData).subarray(98).toString('hex');
    expect(options('/a?b')).to.equal('02042f613f62');
    expect(options('x'.repeat(256))).to.equal(`02ff${'78'.repeat(255)}020178`);
  });

  it('writes what the tracker reads', () => {
    const request = new AnnounceRequest();
    const bytes = udpAnnounceCall(ID, 1, CALL, '/announce');
    expect(readAction(bytes, bytes.length)).to.equal(1);
    expect(parseUdpAnnounce(bytes, 4, request)).to.equal(undefined);
    expect(request).to.include({ port: 6881, event: 2, left: 2 ** 40, numwant: 50 });
    expect(request.identity).to.equal(identityOfKey(0xdeadbeef));
    expect(request.infoHash.toString('hex')).to.equal(CALL.infoHash);

    const scrape = new ScrapeRequest();
    const question = udpScrapeCall(ID, 2, ['aa'.repeat(20), 'bb'.repeat(20)]);
    expect(readAction(question, question.length)).to.equal(2);
    expect(parseUdpScrape(question, question.length, scrape)).to.equal(undefined);
    expect(scrape.hashes.toString('hex', 0, 40)).to.equal('aa'.repeat(20) + 'bb'.repeat(20));
  });

  it('reads a connection id and a transaction', () => {
    const bytes = hex('00000000 11223344 0102030405060708');
    expect(readUdpConnect(bytes)).to.deep.equal({ kind: 'connected', connectionId: ID });
    expect(readUdpTransaction(bytes)).to.equal(0x11223344);
    expect(readUdpTransaction(bytes.subarray(0, 7))).to.equal(undefined);
  });

  it('reads an announce answer of either family (BEP 7, 15)', () => {
    const head = '00000001 11223344 00000708 00000002 00000003';
    const v4 = readUdpAnnounce(hex(`${head} 7f0000011ae1`), 4);
    expect(v4).to.deep.include({ kind: 'announced', intervalSeconds: 1800, leechers: 2, seeders: 3, defects: [] });
    expect(v4).to.have.deep.property('peers', [{ address: '127.0.0.1', port: 6881 }]);
    const v6 = readUdpAnnounce(hex(`${head} ${'00'.repeat(15)}011ae1`), 6);
    expect(v6).to.have.deep.property('peers', [{ address: '::1', port: 6881 }]);
  });

  it('notes peers that are cut off, and keeps the whole ones', () => {
    const reply = readUdpAnnounce(hex(`00000001 00000000 ${'00000001'.repeat(3)} 7f0000011ae1 7f0000`), 4);
    expect(reply).to.have.property('peers').of.length(1);
    expect(reply.defects).to.deep.equal(['the peers have 9 bytes: no whole entries of 6']);
  });

  it('reads a negative interval as such', () => {
    expect(readUdpAnnounce(hex('00000001 00000000 ffffffff 00000000 00000000'), 4)).to.include({ intervalSeconds: -1 });
  });

  it('reads counts in the order asked, and notes a wrong number of them', () => {
    const entry = '00000001 00000002 00000003';
    const one = { seeders: 1, downloaded: 2, leechers: 3 };
    expect(readUdpScrape(hex(`00000002 00000000 ${entry}`), 1)).to.deep.include({ counts: [one], defects: [] });
    const short = readUdpScrape(hex(`00000002 00000000 ${entry} 0000`), 2);
    expect(short).to.deep.include({ counts: [one, undefined] });
    expect(short.defects).to.have.length(1);
  });

  it('reads an error as a refusal, whatever was asked', () => {
    const bytes = hex('00000003 00000000 6e6f00');
    for (const reply of [readUdpConnect(bytes), readUdpAnnounce(bytes, 4), readUdpScrape(bytes, 1)]) {
      expect(reply).to.include({ kind: 'refused', reason: 'no' });
    }
  });

  it('throws on a wrong action and on every length that is too short', () => {
    expect(() => readUdpAnnounce(hex(`00000002 00000000 ${'00'.repeat(12)}`), 4)).to.throw('action 2 instead of 1');
    for (let length = 0; length < 20; length++) {
      expect(() => readUdpAnnounce(hex('00000001'.repeat(5)).subarray(0, length), 4)).to.throw(
        PublicError,
        `${length} b`,
      );
    }
  });

  it('reads or throws a PublicError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 4 }), (random, action) => {
        const bytes = Buffer.from(random);
        if (bytes.length >= 4) bytes.writeUInt32BE(action);
        for (const read of [readUdpConnect, (b: Buffer) => readUdpAnnounce(b, 6), (b: Buffer) => readUdpScrape(b, 3)]) {
          try {
            expect(read(bytes).kind).to.be.a('string');
          } catch (error) {
            expect(error).to.be.instanceOf(PublicError);
          }
        }
      }),
    );
  });
});
