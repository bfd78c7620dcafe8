import { expect } from 'chai';
import { AnnounceAnswer, ScrapeCounts } from '../../../shared/protocol/tracker-messages.ts';
import {
  writeUdpAnnounce,
  writeUdpConnect,
  writeUdpError,
  writeUdpScrapeEntry,
  writeUdpScrapeStart,
} from '../../../shared/protocol/udp-reply.ts';

const REQUEST = Buffer.from('0102030405060708000000011122334499', 'hex');
const out = Buffer.alloc(1200);

function answer(): AnnounceAnswer {
  const made = new AnnounceAnswer();
  Object.assign(made, { intervalSeconds: 1800, seeders: 258, leechers: 3, peers4Count: 2, peers6Count: 1 });
  made.peers4.write('7f0000011b587f0000021b59', 'hex');
  made.peers6.write('20010db8000000000000000000000001 1b5a'.replace(' ', ''), 'hex');
  return made;
}

describe('shared/protocol/udp-reply.ts', () => {
  it('starts a connect answer with action 0 and the transaction id', () => {
    writeUdpConnect(REQUEST, out);
    expect(out.toString('hex', 0, 8)).to.equal('0000000011223344');
  });

  it("answers an announce with interval, leechers, seeders and peers of the asker's family", () => {
    const head = '0000000111223344000007080000000300000102';
    expect(out.toString('hex', 0, writeUdpAnnounce(REQUEST, 4, answer(), out))).to.equal(
      `${head}7f0000011b587f0000021b59`,
    );
    expect(out.toString('hex', 0, writeUdpAnnounce(REQUEST, 6, answer(), out))).to.equal(
      `${head}20010db80000000000000000000000011b5a`,
    );
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
