import { expect } from 'chai';
import type { AnnounceCall } from '../../../../shared/protocol/tracker/tracker-calls.ts';
import { EVENT_NONE, EVENT_STOPPED } from '../../../../shared/protocol/tracker/tracker-messages.ts';
import {
  readWebSocketAnnounce,
  readWebSocketScrape,
  webSocketAnnounceCall,
  webSocketScrapeCall,
} from '../../../../shared/protocol/tracker/websocket-calls.ts';

const HASH = 'ff'.repeat(20);
const HASH_TEXT = '\u{ff}'.repeat(20);
const CALL: AnnounceCall = {
  infoHash: HASH,
  peerId: Buffer.from('-XX0001-aaaaaaaaaaaa'),
  port: 1,
  key: 2,
  event: EVENT_STOPPED,
  uploaded: 3,
  downloaded: 4,
  left: 5,
  numwant: 50,
};

function read(message: object) {
  return readWebSocketAnnounce(JSON.stringify(message), HASH);
}

describe('shared/protocol/tracker/websocket-calls.ts', () => {
  it('announces without an offer, so that no peer is troubled', () => {
    expect(JSON.parse(webSocketAnnounceCall(CALL))).to.deep.equal({
      action: 'announce',
      info_hash: HASH_TEXT,
      peer_id: '-XX0001-aaaaaaaaaaaa',
      event: 'stopped',
      uploaded: 3,
      downloaded: 4,
      left: 5,
      numwant: 0,
      offers: [],
    });
    expect(JSON.parse(webSocketAnnounceCall({ ...CALL, event: EVENT_NONE }))).not.to.have.property('event');
    expect(JSON.parse(webSocketScrapeCall([HASH]))).to.deep.equal({ action: 'scrape', info_hash: [HASH_TEXT] });
  });

  it('reads an announce answer, which has no peers', () => {
    const reply = read({ action: 'announce', info_hash: HASH_TEXT, interval: 120, complete: 1, incomplete: 2 });
    expect(reply).to.include({ kind: 'announced', intervalSeconds: 120, seeders: 1, leechers: 2, peers: undefined });
    const noted = { action: 'announce', info_hash: HASH_TEXT, 'tracker id': 'x', 'warning message': 'y' };
    expect(read(noted)).to.include({ trackerId: 'x', warning: 'y' });
    expect(read({ ...noted, 'tracker id': 1, 'warning message': [] })).to.include({
      trackerId: undefined,
      warning: undefined,
    });
  });

  it('passes over offers, answers, other torrents and other actions', () => {
    const about = { action: 'announce', info_hash: HASH_TEXT };
    expect(read({ ...about, offer: {}, offer_id: 'x' })).to.equal(undefined);
    expect(read({ ...about, answer: {} })).to.equal(undefined);
    expect(read({ ...about, info_hash: 'x' })).to.equal(undefined);
    expect(read({ action: 'scrape', files: {} })).to.equal(undefined);
    expect(readWebSocketScrape('{"action":"announce"}', [HASH])).to.equal(undefined);
  });

  it('reads a refusal', () => {
    expect(read({ action: 'announce', 'failure reason': 'no' })).to.include({ kind: 'refused', reason: 'no' });
    expect(readWebSocketScrape('{"failure reason":1}', [HASH])).to.include({ kind: 'refused', reason: '' });
  });

  it('reads counts in the order asked', () => {
    const files = { [HASH_TEXT]: { complete: 1, incomplete: 2, downloaded: 3 } };
    const reply = readWebSocketScrape(JSON.stringify({ action: 'scrape', files }), ['00'.repeat(20), HASH]);
    expect(reply).to.have.deep.property('counts', [undefined, { seeders: 1, leechers: 2, downloaded: 3 }]);
  });

  it('notes fields of the wrong kind', () => {
    expect(read({ action: 'announce', info_hash: HASH_TEXT, interval: '120' })?.defects).to.deep.equal([
      '"interval" is not an integer',
    ]);
    const files = { [HASH_TEXT]: { complete: -1, incomplete: 0, downloaded: 0 } };
    expect(readWebSocketScrape(JSON.stringify({ action: 'scrape', files }), [HASH])).to.deep.include({
      counts: [{ seeders: 0, leechers: 0, downloaded: 0 }],
      defects: ['an entry of "files" has no good "complete"'],
    });
  });

  it('throws on what is no JSON object, or a scrape without files', () => {
    for (const text of ['', 'x', '1', 'null', '[]', '"x"']) {
      expect(() => readWebSocketAnnounce(text, HASH), text).to.throw('a message that is not');
    }
    expect(() => readWebSocketScrape('{"action":"scrape"}', [HASH])).to.throw('without "files"');
    expect(() => readWebSocketScrape('{"action":"scrape","files":[]}', [HASH])).to.throw('without "files"');
  });
});
