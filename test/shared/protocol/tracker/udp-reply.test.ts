import { expect } from 'chai';
import { ScrapeCounts } from '../../../../shared/protocol/tracker/tracker-messages.ts';
import {
  CONNECT_REPLY_BYTES,
  CONNECTION_ID_OFFSET,
  UdpReply,
  writeUdpAnnounce,
  writeUdpConnect,
  writeUdpError,
  writeUdpScrapeEntry,
  writeUdpScrapeStart,
} from '../../../../shared/protocol/tracker/udp-reply.ts';

const REQUEST = Buffer.from('0102030405060708000000011122334499', 'hex');
const out = Buffer.alloc(1200);
const PEERS4 = '7f0000011b587f0000021b59';
const PEERS6 = '20010db80000000000000000000000011b5a';

function replyWith(counts: { peers4Count: number; peers6Count: number }, peers: string): UdpReply {
  const reply = new UdpReply(out);
  Object.assign(reply.announce, { intervalSeconds: 1800, seeders: 258, leechers: 3, ...counts });
  reply.announce.peers4.write(peers, 'hex');
  return reply;
}

describe('shared/protocol/tracker/udp-reply.ts', () => {
  it('starts a connect answer with action 0 and the transaction id', () => {
    out.fill(0xee);
    writeUdpConnect(REQUEST, out);
    expect(out.toString('hex', 0, 9)).to.equal('0000000011223344ee');
    expect([CONNECTION_ID_OFFSET, CONNECT_REPLY_BYTES]).to.deep.equal([8, 16]);
  });

  it("answers an announce with interval, leechers, seeders and peers of the asker's family", () => {
    const head = '0000000111223344000007080000000300000102';
    const reply4 = replyWith({ peers4Count: 2, peers6Count: 0 }, PEERS4);
    expect(out.toString('hex', 0, writeUdpAnnounce(REQUEST, 4, reply4))).to.equal(head + PEERS4);
    const reply6 = replyWith({ peers4Count: 0, peers6Count: 1 }, PEERS6);
    expect(out.toString('hex', 0, writeUdpAnnounce(REQUEST, 6, reply6))).to.equal(head + PEERS6);
  });

  it('answers a scrape with seeders, downloads and leechers per hash', () => {
    const counts = Object.assign(new ScrapeCounts(), { seeders: 1, leechers: 2, downloaded: 0xffffffff });
    let end = writeUdpScrapeStart(REQUEST, out);
    end = writeUdpScrapeEntry(counts, out, end);
    end = writeUdpScrapeEntry(new ScrapeCounts(), out, end);
    expect(out.toString('hex', 0, end)).to.equal(`000000021122334400000001ffffffff00000002${'00'.repeat(12)}`);
  });

  it('tells an error with its message', () => {
    const length = writeUdpError(REQUEST, 'no', out);
    expect(out.toString('hex', 0, length)).to.equal('00000003112233446e6f');
  });
});
