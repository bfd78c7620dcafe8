import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseAnnounce, parseScrape } from '../../../../shared/protocol/tracker/http-request.ts';
import { REFUSALS } from '../../../../shared/protocol/tracker/refusal.ts';
import {
  AnnounceRequest,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
  identityOfBytes,
  identityOfKey,
  ScrapeRequest,
} from '../../../../shared/protocol/tracker/tracker-messages.ts';

const HASH = '%f2%19%3c%c8%af%86W%1bM%df%ed4%c6%077%25%97%e7%60%26';
const HASH_HEX = 'f2193cc8af86571b4ddfed34c607372597e76026';
const PEER_ID = '-LT2080-n4tO41Gll)Fv';
const MINIMAL = `info_hash=${HASH}&peer_id=${PEER_ID}&port=7000`;

const request = new AnnounceRequest();

function announce(query: string): AnnounceRequest {
  const bytes = Buffer.from(`GET /announce?${query} HTTP/1.1\r\n\r\n`, 'latin1');
  expect(parseAnnounce(bytes, 14, 14 + query.length, request), query).to.equal(undefined);
  return request;
}

function refusal(query: string): unknown {
  const bytes = Buffer.from(query, 'latin1');
  return parseAnnounce(bytes, 0, bytes.length, request);
}

function scrape(query: string): string[] | unknown {
  const bytes = Buffer.from(query, 'latin1');
  const into = new ScrapeRequest();
  const refused = parseScrape(bytes, 0, bytes.length, into);
  if (refused !== undefined) return refused;
  return Array.from({ length: into.count }, (_, i) => into.hashes.toString('hex', i * 20, i * 20 + 20));
}

describe('shared/protocol/tracker/http-request.ts', () => {
  describe('parseAnnounce', () => {
    it('reads what a client must send, and fills in the defaults for the rest', () => {
      const { infoHash, identity, port, event, left, isSeeder, numwant, isCompact } = announce(MINIMAL);
      expect(infoHash.toString('hex')).to.equal(HASH_HEX);
      expect(identity).to.equal(identityOfBytes(Buffer.from(PEER_ID), 20));
      expect({ port, event, left, isSeeder, numwant, isCompact }).to.deep.equal({
        port: 7000,
        event: EVENT_NONE,
        left: -1,
        isSeeder: false,
        numwant: 50,
        isCompact: true,
      });
    });

    it('forgets everything of the request before', () => {
      announce(`${MINIMAL}&event=started&left=0&numwant=7&compact=0&uploaded=5&downloaded=6`);
      expect(announce(MINIMAL)).to.include({
        event: 0,
        isSeeder: false,
        numwant: 50,
        isCompact: true,
      });
    });

    it('takes the parameters in any order', () => {
      const parts = `${MINIMAL}&left=12&event=completed&numwant=3`.split('&');
      fc.assert(
        fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (shuffled) => {
          expect(announce(shuffled.join('&'))).to.include({ port: 7000, left: 12, event: EVENT_COMPLETED, numwant: 3 });
          expect(request.infoHash.toString('hex')).to.equal(HASH_HEX);
        }),
      );
    });

    it('reads the first requests of real clients', () => {
      const lines = readFileSync(new URL('../../../fixtures/first-requests.txt', import.meta.url), 'latin1').split(
        '\n',
      );
      const requests = lines.filter((line) => line !== '' && !line.startsWith('#'));
      expect(requests).to.have.length(9);
      for (const line of requests) {
        const query = line.slice(line.indexOf('?') + 1, line.lastIndexOf(' '));
        announce(query);
        expect(request.infoHash.toString('hex'), line).to.equal(HASH_HEX);
        expect(request.event, line).to.equal(EVENT_STARTED);
        expect(request.port, line).to.equal(Number(/&port=(\d+)/.exec(query)![1]));
        expect(request.numwant, line).to.equal(Number(/numwant=(\d+)/.exec(query)?.[1] ?? 50));
        expect(request.isSeeder, line).to.equal(query.includes('left=0&'));
      }
    });

    it('takes all twenty bytes of a binary peer id', () => {
      announce(`info_hash=${HASH}&peer_id=A2-1-36-0-%05%ECo%FB%7Bj%E0%85A%07&port=1`);
      expect(request.identity).to.equal(
        identityOfBytes(Buffer.from('41322d312d33362d302d05ec6ffb7b6ae0854107', 'hex'), 20),
      );
    });

    it('truncates a 32-byte hash to 20 bytes (BEP 52)', () => {
      announce(MINIMAL.replace(HASH, `${HASH}${'%aa'.repeat(12)}`));
      expect(request.infoHash.toString('hex')).to.equal(HASH_HEX);
    });

    it('refuses a hash of any other length, a broken one, a second one, none', () => {
      for (const hash of ['', 'x'.repeat(19), 'x'.repeat(21), 'x'.repeat(31), 'x'.repeat(33), `${'x'.repeat(19)}%zz`]) {
        expect(refusal(MINIMAL.replace(HASH, hash)), hash).to.equal(REFUSALS.badInfoHash);
      }
      expect(refusal(`${MINIMAL}&info_hash=${HASH}`)).to.equal(REFUSALS.badInfoHash);
      expect(refusal(`peer_id=${PEER_ID}&port=7000`)).to.equal(REFUSALS.badInfoHash);
      expect(refusal('')).to.equal(REFUSALS.badInfoHash);
    });

    it('refuses a peer id that is missing or not 20 bytes long', () => {
      expect(refusal(`info_hash=${HASH}&port=7000`)).to.equal(REFUSALS.badPeerId);
      expect(refusal(`info_hash=${HASH}&port=7000&peer_id=short`)).to.equal(REFUSALS.badPeerId);
      expect(refusal(`info_hash=${HASH}&port=7000&peer_id=${PEER_ID}x`)).to.equal(REFUSALS.badPeerId);
    });

    it('refuses ports outside 1 to 65535', () => {
      for (const port of ['0', '65536', '-1', '', 'x', '99999999999999999999']) {
        expect(refusal(`info_hash=${HASH}&peer_id=${PEER_ID}&port=${port}`), port).to.equal(REFUSALS.badPort);
      }
      expect(refusal(`info_hash=${HASH}&peer_id=${PEER_ID}`)).to.equal(REFUSALS.badPort);
      expect(announce(MINIMAL.replace('7000', '65535')).port).to.equal(65535);
    });

    it('knows three events; paused (BEP 21), empty and unknown ones are updates', () => {
      const events = { started: EVENT_STARTED, stopped: EVENT_STOPPED, completed: EVENT_COMPLETED };
      for (const [name, event] of Object.entries(events))
        expect(announce(`${MINIMAL}&event=${name}`).event).to.equal(event);
      for (const name of ['paused', '', 'empty', 'Started', 'startex', 'completee', 'completed1', '%00']) {
        expect(announce(`${MINIMAL}&event=${name}`).event, name).to.equal(EVENT_NONE);
      }
    });

    it('resolves numwant: exact up to 200, the default for negative and unreadable ones, none when stopping', () => {
      const expected = {
        0: 0,
        1: 1,
        7: 7,
        200: 200,
        201: 200,
        ['9'.repeat(30)]: 200,
        '-1': 50,
        '-7': 50,
        x: 50,
        '': 50,
      };
      for (const [asked, given] of Object.entries(expected)) {
        expect(announce(`${MINIMAL}&numwant=${asked}`).numwant, asked).to.equal(given);
      }
      expect(announce(`${MINIMAL}&numwant=50&event=stopped`).numwant).to.equal(0);
    });

    it('takes left as it comes: zero is a seeder, huge, negative and unreadable are not', () => {
      expect(announce(`${MINIMAL}&left=0`).isSeeder).to.equal(true);
      expect(announce(`${MINIMAL}&left=9223372036854775807`).isSeeder).to.equal(false);
      expect(request.left).to.be.closeTo(2 ** 63, 4096);
      expect(announce(`${MINIMAL}&left=-1`)).to.include({ left: -1, isSeeder: false });
      expect(announce(`${MINIMAL}&left=`)).to.include({ left: -1, isSeeder: false });
    });

    it('asks for dictionaries only with compact=0', () => {
      for (const value of ['1', '', '2', 'x'])
        expect(announce(`${MINIMAL}&compact=${value}`).isCompact, value).to.equal(true);
      expect(announce(`${MINIMAL}&compact=0`).isCompact).to.equal(false);
    });

    it('ignores addresses that the client claims, tracker ids and unknown parameters', () => {
      request.address.fill(9);
      const claims =
        'ip=6.6.6.6&ipv4=6.6.6.6&ipv6=[fd99::13]:23207&trackerid=&supportcrypto=1&azudp=1&x&=&constructor=1';
      announce(`${claims}&${MINIMAL}&${claims}`);
      expect(request.address.every((byte) => byte === 9)).to.equal(true);
    });

    it('tells clients apart by key, whatever its form, and by peer id without one', () => {
      const peer = identityOfBytes(Buffer.from(PEER_ID), 20);
      for (const key of ['', '0', '00000000', 'x'.repeat(65), '%zz']) {
        expect(announce(`${MINIMAL}&key=${key}`).identity, key).to.equal(peer);
      }
      expect(announce(MINIMAL).identity).to.equal(peer);
      expect(announce(`${MINIMAL}&key=0123456789abcdef0123`).identity).to.equal(
        identityOfBytes(Buffer.from('0123456789abcdef0123'), 20),
      );
      expect(announce(`${MINIMAL}&key=o%FB%7Bj%E0%85A%07`).identity).to.equal(
        identityOfBytes(Buffer.from('6ffb7b6ae0854107', 'hex'), 8),
      );
    });

    it('gives a key of up to 8 hex digits the identity that it has over UDP', () => {
      expect(announce(`${MINIMAL}&key=63353451`).identity).to.equal(identityOfKey(0x63353451));
      expect(announce(`${MINIMAL}&key=FEDCBA98`).identity).to.equal(identityOfKey(0xfedcba98));
      expect(announce(`${MINIMAL}&key=fedcba98`).identity).to.equal(identityOfKey(0xfedcba98));
    });

    it('throws on no bytes, and only names known refusals', () => {
      const known = new Set<unknown>([undefined, REFUSALS.badInfoHash, REFUSALS.badPeerId, REFUSALS.badPort]);
      const piece = fc.constantFrom(
        ...MINIMAL.split('&'),
        'info_hash',
        'left=',
        'key=%',
        'event=%73tarted',
        '&',
        '=',
        '%',
        '\0',
      );
      fc.assert(fc.property(fc.array(piece), (pieces) => known.has(refusal(pieces.join('&')))));
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) =>
          known.has(parseAnnounce(bytes, 0, bytes.length, request)),
        ),
      );
    });

    it('never throws, at whatever length a good query is cut', () => {
      const bytes = Buffer.from(`${MINIMAL}&key=63353451&event=started&left=%30`, 'latin1');
      for (let end = 0; end <= bytes.length; end++) parseAnnounce(bytes, 0, end, request);
      expect(parseAnnounce(bytes, 0, bytes.length, request)).to.equal(undefined);
    });
  });

  describe('parseScrape', () => {
    const hash = (byte: number): string => `info_hash=${`%${byte.toString(16).padStart(2, '0')}`.repeat(20)}`;
    const hex = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(20);

    it('reads one hash and many, sorted and each once', () => {
      expect(scrape(`info_hash=${HASH}`)).to.deep.equal([HASH_HEX]);
      expect(scrape([hash(9), hash(0x20), hash(1), hash(9), 'x=1', hash(0x10)].join('&'))).to.deep.equal(
        [1, 9, 0x10, 0x20].map(hex),
      );
    });

    it('sorts any list of hashes', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(255), { minLength: 1, maxLength: 64 }), (values) => {
          const expected = [...new Set(values)].sort((a, b) => a - b).map(hex);
          expect(scrape(values.map(hash).join('&'))).to.deep.equal(expected);
        }),
      );
    });

    it('truncates 32-byte hashes', () => {
      expect(scrape(`info_hash=${HASH}${'%01'.repeat(12)}`)).to.deep.equal([HASH_HEX]);
    });

    it('refuses none, more than 64, and malformed ones', () => {
      expect(scrape('')).to.equal(REFUSALS.noScrapeHashes);
      expect(scrape('x=1')).to.equal(REFUSALS.noScrapeHashes);
      expect(scrape('info_hash=abc')).to.equal(REFUSALS.badInfoHash);
      const many = Array.from({ length: 64 }, (_, i) => hash(i));
      expect(scrape(many.join('&'))).to.have.length(64);
      expect(scrape([...many, hash(99)].join('&'))).to.equal(REFUSALS.tooManyHashes);
    });

    it('throws on no bytes', () => {
      const into = new ScrapeRequest();
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
          parseScrape(bytes, 0, bytes.length, into);
          expect(into.count).to.be.at.most(64);
        }),
      );
    });
  });
});
