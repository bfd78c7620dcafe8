import { expect } from 'chai';
import fc from 'fast-check';
import { PublicError } from '../../../../shared/errors.ts';
import {
  announceQuery,
  readAnnounceBody,
  readScrapeBody,
  scrapeQuery,
} from '../../../../shared/protocol/tracker/http-calls.ts';
import { parseAnnounce } from '../../../../shared/protocol/tracker/http-request.ts';
import type { AnnounceCall } from '../../../../shared/protocol/tracker/tracker-calls.ts';
import {
  AnnounceRequest,
  EVENT_NONE,
  EVENT_STARTED,
  identityOfKey,
} from '../../../../shared/protocol/tracker/tracker-messages.ts';

const CALL: AnnounceCall = {
  infoHash: '00ff20'.padEnd(40, '26'),
  peerId: Buffer.from('-XX0001-aaaaaaaaaaa&'),
  port: 6881,
  key: 0xbeef,
  event: EVENT_STARTED,
  uploaded: 3,
  downloaded: 1,
  left: 5,
  numwant: 7,
};

function announced(body: string) {
  const reply = readAnnounceBody(Buffer.from(body, 'latin1'));
  if (reply.kind !== 'announced') throw new Error(reply.reason);
  return reply;
}

function scraped(body: string, ...hashes: string[]) {
  const reply = readScrapeBody(Buffer.from(body, 'latin1'), hashes);
  if (reply.kind !== 'scraped') throw new Error(reply.reason);
  return reply;
}

describe('shared/protocol/tracker/http-calls.ts', () => {
  it('writes queries that keep every byte, and that the tracker reads', () => {
    const query = announceQuery(CALL);
    expect(query).to.match(/^info_hash=%00%ff%20(%26){17}&peer_id=(%[0-9a-f]{2}){20}&port=6881&/);
    expect(query).to.match(/&event=started$/);
    const request = new AnnounceRequest();
    const bytes = Buffer.from(query, 'latin1');
    expect(parseAnnounce(bytes, 0, bytes.length, request)).to.equal(undefined);
    expect(request).to.include({ port: 6881, event: EVENT_STARTED, left: 5, numwant: 7, isCompact: true });
    expect(request.identity).to.equal(identityOfKey(0xbeef));
    expect(decodeURIComponent(/peer_id=([^&]+)/.exec(query)![1]!)).to.equal('-XX0001-aaaaaaaaaaa&');
    expect(announceQuery({ ...CALL, event: EVENT_NONE })).not.to.include('event');
    expect(scrapeQuery(['ab'.repeat(20), 'cd'.repeat(20)])).to.match(/^info_hash=(%ab){20}&info_hash=(%cd){20}$/);
  });

  it('reads a full answer (BEP 3, 7, 23, 24)', () => {
    const reply = announced(
      'd8:completei2e11:external ip4:\x01\x02\x03\x0410:incompletei3e8:intervali1800e12:min intervali900e' +
        `5:peers6:\x7f\x00\x00\x01\x1a\xe16:peers618:${'\x00'.repeat(15)}\x01\x1a\xe210:tracker id2:ab15:warning message2:hoe`,
    );
    expect(reply).to.deep.equal({
      kind: 'announced',
      intervalSeconds: 1800,
      minIntervalSeconds: 900,
      seeders: 2,
      leechers: 3,
      peers: [
        { address: '127.0.0.1', port: 6881 },
        { address: '::1', port: 6882 },
      ],
      externalAddress: '1.2.3.4',
      trackerId: 'ab',
      warning: 'ho',
      defects: [],
      oddities: [],
    });
  });

  it('reads an IPv6 address of its own (BEP 24)', () => {
    const body = `d11:external ip16: \x01\x0d\xb8${'\0'.repeat(11)}\x095:peers0:e`;
    expect(announced(body)).to.deep.include({ externalAddress: '2001:db8::9', defects: [] });
  });

  it('takes peers as dictionaries, and says so', () => {
    const reply = announced('d8:intervali60e5:peersld2:ip9:127.0.0.14:porti0eed2:ip3:::14:porti65535eeee');
    expect(reply.peers).to.deep.equal([
      { address: '127.0.0.1', port: 0 },
      { address: '::1', port: 65_535 },
    ]);
    expect(reply.oddities).to.deep.equal(['the peers are dictionaries although compact ones were asked for']);
    expect(reply.defects).to.deep.equal([]);
  });

  it('counts broken peers in one line, however many there are', () => {
    const broken = 'd2:ip1:xed4:porti80eed2:ip1:x4:porti-1eed2:ip1:x4:porti65536eed2:ipi1e4:porti80eei1e1:xle';
    const reply = announced(`d5:peersl${broken}d2:ip1:x4:porti80eeee`);
    expect(reply.peers).to.deep.equal([{ address: 'x', port: 80 }]);
    expect(reply.defects).to.deep.equal(['8 of 9 peers have no good "ip" and "port"']);
    expect(announced('d5:peersldeee').defects).to.deep.equal(['1 of 1 peers have no good "ip" and "port"']);
  });

  it('notes what is missing, cut off or of the wrong kind, and reads the rest', () => {
    for (const [body, defect] of [
      ['d8:intervali60ee', 'neither "peers" nor "peers6" is there'],
      ['d8:interval2:605:peers0:e', '"interval" is not an integer'],
      ['d5:peers7:1234567e', '"peers" has 7 bytes: no whole entries of 6'],
      ['d5:peers0:6:peers66:123456e', '"peers6" has 6 bytes: no whole entries of 18'],
      ['d5:peersi1ee', '"peers" is not a string of bytes'],
      ['d11:external ip3:1235:peers0:e', '"external ip" has 3 bytes instead of 4 or 16 (BEP 24)'],
    ] as const) {
      expect(announced(body).defects, body).to.deep.equal([defect]);
    }
    expect(announced('d6:peers60:e').oddities).to.have.length(1);
    expect(announced('d5:peers0:8:intervali60ee')).to.deep.include({
      intervalSeconds: 60,
      oddities: ['the keys are not in the order of BEP 3'],
    });
  });

  it('reads a refusal', () => {
    const body = Buffer.from('d14:failure reason6:no\x1b[2J8:intervali300ee', 'latin1');
    expect(readAnnounceBody(body)).to.include({ kind: 'refused', reason: 'no\x1b[2J' });
    expect(readScrapeBody(body, [])).to.include({ kind: 'refused', reason: 'no\x1b[2J' });
  });

  it('reads counts in the order asked, whatever the order answered, by binary keys (BEP 48)', () => {
    const entry = (seeders: number): string => `d8:completei${seeders}e10:downloadedi2e10:incompletei3ee`;
    const files = `20:${'\xff'.repeat(20)}${entry(9)}20:${'\x80'.repeat(20)}${entry(1)}`;
    const { counts, defects } = scraped(`d5:filesd${files}ee`, '80'.repeat(20), 'ee'.repeat(20), 'ff'.repeat(20));
    expect(counts).to.deep.equal([
      { seeders: 1, leechers: 3, downloaded: 2 },
      undefined,
      { seeders: 9, leechers: 3, downloaded: 2 },
    ]);
    expect(defects).to.deep.equal([]);
  });

  it('notes a broken entry of a scrape', () => {
    const { counts, defects } = scraped(`d5:filesd20:${'\x80'.repeat(20)}d8:completei-1eeee`, '80'.repeat(20));
    expect(counts).to.deep.equal([undefined]);
    expect(defects).to.have.length(1);
  });

  it('reads or throws a PublicError for any bytes', () => {
    for (const body of ['', 'le', 'i1e', '<html>', 'd5:peers0:', 'd5:filesi1ee', 'd5:peers0:ex']) {
      const bytes = Buffer.from(body);
      expect(() => readScrapeBody(bytes, []), body).to.throw(PublicError);
      if (!body.includes('files')) expect(() => readAnnounceBody(bytes), body).to.throw(PublicError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (random) => {
        const bytes = Buffer.concat([Buffer.from('d5:peers'), random]);
        expect(() => readAnnounceBody(bytes)).to.satisfy((read: () => unknown) => {
          try {
            return read() !== undefined;
          } catch (error) {
            return error instanceof PublicError;
          }
        });
      }),
    );
  });
});
