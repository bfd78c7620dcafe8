import { expect } from 'chai';
import { decode } from '../../../../shared/protocol/encoding/bencoding.ts';
import {
  MAX_ANNOUNCE_REPLY_BYTES,
  MAX_SCRAPE_REPLY_BYTES,
  MAX_TRACKER_ID_CHARACTERS,
  MAX_WARNING_CHARACTERS,
  makeNotes,
  writeAnnounce,
  writeScrapeEnd,
  writeScrapeEntry,
  writeScrapeStart,
} from '../../../../shared/protocol/tracker/http-reply.ts';
import {
  AnnounceAnswer,
  AnnounceRequest,
  ScrapeCounts,
  ScrapeRequest,
} from '../../../../shared/protocol/tracker/tracker-messages.ts';

const out = Buffer.alloc(MAX_ANNOUNCE_REPLY_BYTES + 1);

function request(changes: Partial<AnnounceRequest> = {}): AnnounceRequest {
  const made = Object.assign(new AnnounceRequest(), changes);
  made.address.write(made.family === 4 ? '01020304' : '20010db8000000000000000000000009', 'hex');
  return made;
}

function answer(changes: Partial<AnnounceAnswer> = {}): AnnounceAnswer {
  const made = new AnnounceAnswer();
  made.peers4.write('7f0000011b58' + '7f0000021b59', 'hex');
  made.peers6.write('20010db80000000000000000000000011b5a', 'hex');
  return Object.assign(
    made,
    { intervalSeconds: 1800, minIntervalSeconds: 900, seeders: 12, leechers: 3, downloaded: 40 },
    changes,
  );
}

function announce(asked: AnnounceRequest, given: AnnounceAnswer): string {
  const end = writeAnnounce(asked, given, out, 1);
  expect(() => decode(out.subarray(1, end))).not.to.throw();
  return out.toString('latin1', 1, end);
}

const V4_HEAD =
  'd8:completei12e10:downloadedi40e11:external ip4:\x01\x02\x03\x0410:incompletei3e8:intervali1800e12:min intervali900e';

describe('shared/protocol/tracker/http-reply.ts', () => {
  it('always sends peers, even none, and no peers6 to an IPv4 asker without any', () => {
    expect(announce(request(), answer())).to.equal(`${V4_HEAD}5:peers0:e`);
  });

  it('ends with tracker id and warning, if there are any', () => {
    const short = writeAnnounce(request(), answer(), out, 1, makeNotes({ warning: 'we move' }));
    expect(out.toString('latin1', 1, short)).to.equal(`${V4_HEAD}5:peers0:15:warning message7:we movee`);
    const both = writeAnnounce(request(), answer(), out, 1, makeNotes({ trackerId: 'x', warning: 'y' }));
    expect(out.toString('latin1', 1, both)).to.equal(`${V4_HEAD}5:peers0:10:tracker id1:x15:warning message1:ye`);
  });

  it('packs peers of both families (BEP 23, BEP 7)', () => {
    expect(announce(request(), answer({ peers4Count: 2, peers6Count: 1 }))).to.equal(
      `${V4_HEAD}5:peers12:\x7f\0\0\x01\x1b\x58\x7f\0\0\x02\x1b\x596:peers618: \x01\x0d\xb8${'\0'.repeat(11)}\x01\x1b\x5ae`,
    );
  });

  it('tells an IPv6 asker its 16-byte address (BEP 24), and sends it peers6 even when empty', () => {
    const text = announce(request({ family: 6 }), answer());
    expect(text).to.contain('11:external ip16: \x01\x0d\xb8');
    expect(text).to.match(/5:peers0:6:peers60:e$/);
  });

  it('sends dictionaries of both families to a client that asks for compact=0 (BEP 3)', () => {
    expect(announce(request({ isCompact: false }), answer({ peers4Count: 2, peers6Count: 1 }))).to.equal(
      `${V4_HEAD}5:peersld2:ip9:127.0.0.14:porti7000eed2:ip9:127.0.0.24:porti7001eed2:ip11:2001:db8::14:porti7002eeee`,
    );
    expect(announce(request({ isCompact: false }), answer())).to.equal(`${V4_HEAD}5:peerslee`);
  });

  it('stays within its limit with every number at its greatest', () => {
    const greatest = {
      seeders: 2 ** 53 - 1,
      leechers: 2 ** 53 - 1,
      downloaded: 2 ** 53 - 1,
      intervalSeconds: 2 ** 32,
      minIntervalSeconds: 2 ** 32,
      peers4Count: 200,
      peers6Count: 200,
    };
    const given = answer(greatest);
    given.peers4.fill(255);
    given.peers6.fill(255);
    const trackerId = 'i'.repeat(MAX_TRACKER_ID_CHARACTERS);
    const notes = makeNotes({ trackerId, warning: 'x'.repeat(MAX_WARNING_CHARACTERS) });
    for (const isCompact of [true, false]) {
      const end = writeAnnounce(request({ family: 6, isCompact }), given, out, 0, notes);
      expect(end).to.be.at.most(MAX_ANNOUNCE_REPLY_BYTES);
      expect(decode(out.subarray(0, end))).to.include.keys('tracker id', 'warning message');
    }
    const scrape = new ScrapeRequest();
    const counts = Object.assign(new ScrapeCounts(), greatest);
    let end = writeScrapeStart(out, 0);
    for (let index = 0; index < 64; index++) end = writeScrapeEntry(scrape, index, counts, out, end);
    expect(writeScrapeEnd(out, end)).to.be.at.most(MAX_SCRAPE_REPLY_BYTES);
  });

  it('answers a scrape with counts under binary hashes (BEP 48)', () => {
    const scrape = new ScrapeRequest();
    scrape.hashes.fill(0xff, 0, 20).fill(0x01, 20, 40);
    let end = writeScrapeStart(out, 0);
    end = writeScrapeEntry(
      scrape,
      1,
      Object.assign(new ScrapeCounts(), { seeders: 5, downloaded: 60, leechers: 7 }),
      out,
      end,
    );
    end = writeScrapeEntry(scrape, 0, new ScrapeCounts(), out, end);
    end = writeScrapeEnd(out, end);
    expect(out.toString('latin1', 0, end)).to.equal(
      `d5:filesd20:${'\x01'.repeat(20)}d8:completei5e10:downloadedi60e10:incompletei7ee` +
        `20:${'\xff'.repeat(20)}d8:completei0e10:downloadedi0e10:incompletei0eeee`,
    );
  });
});
