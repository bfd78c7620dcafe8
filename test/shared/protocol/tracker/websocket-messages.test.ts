import { expect } from 'chai';
import fc from 'fast-check';
import { ScrapeCounts } from '../../../../shared/protocol/tracker/tracker-messages.ts';
import {
  formatAnnounce,
  formatAnswer,
  formatFailure,
  formatOffer,
  formatScrape,
  readWebSocketMessage,
} from '../../../../shared/protocol/tracker/websocket-messages.ts';

const HASH = '\xf2\x19<\xc8\xaf\x86W\x1bM\xdf\xed4\xc6\x077%\x97\xe7`&';
const PEER = '-WW0208-4d2kU9pRr0aZ';
const OFFER = { offer: { type: 'offer', sdp: 'v=0' }, offer_id: '\xff'.repeat(20) };

function read(fields: object): ReturnType<typeof readWebSocketMessage> {
  return readWebSocketMessage(JSON.stringify(fields));
}

function announce(more: object): unknown {
  return read({ action: 'announce', info_hash: HASH, peer_id: PEER, ...more });
}

describe('shared/protocol/tracker/websocket-messages.ts', () => {
  it('reads an announce as WebTorrent sends it', () => {
    const sent = { numwant: 5, uploaded: 0, downloaded: 0, left: 1048576, event: 'started', offers: [OFFER, OFFER] };
    const offer = { id: '\xff'.repeat(20), sdp: 'v=0' };
    expect(announce(sent)).to.deep.equal({
      kind: 'announce',
      infoHash: HASH,
      peerId: PEER,
      event: 2,
      isSeeder: false,
      offers: [offer, offer],
    });
  });

  it('reads an announce without anything optional, and unknown events as updates', () => {
    expect(announce({})).to.deep.include({ event: 0, isSeeder: false, offers: [] });
    expect(announce({ event: 'paused' })).to.include({ event: 0 });
    expect(announce({ event: 'stopped' })).to.include({ event: 3 });
    expect(announce({ event: 'completed' })).to.include({ event: 1 });
  });

  it('knows a seeder by left alone: null, which stands for unknown, is none', () => {
    for (const [left, isSeeder] of [
      [0, true],
      ['0', true],
      [null, false],
      [1, false],
      ['', false],
      [false, false],
    ]) {
      expect(announce({ left }), String(left)).to.include({ isSeeder });
    }
  });

  it('leaves out offers that are malformed, oversized or too many', () => {
    const bad = [
      null,
      1,
      {},
      { offer: 'x', offer_id: 'y' },
      { offer: { sdp: 1 }, offer_id: 'y' },
      { offer: { sdp: 'x' } },
    ];
    const huge = [
      { offer: { sdp: 'x'.repeat(16_385) }, offer_id: 'y' },
      { offer: { sdp: 'x' }, offer_id: 'y'.repeat(41) },
    ];
    const large = { offer: { sdp: 'x'.repeat(16_384) }, offer_id: 'y'.repeat(40) };
    expect(announce({ offers: [large] })).to.have.deep.property('offers', [
      { sdp: large.offer.sdp, id: large.offer_id },
    ]);
    expect(announce({ offers: [...bad, ...huge].slice(0, 8).concat(OFFER) }))
      .to.have.property('offers')
      .of.length(1);
    expect(announce({ offers: Array(11).fill(OFFER) }))
      .to.have.property('offers')
      .of.length(10);
    expect(announce({ offers: 'x' }))
      .to.have.property('offers')
      .of.length(0);
  });

  it('reads an answer to an offer, and refuses one to nobody', () => {
    const answer = { answer: { type: 'answer', sdp: 'v=1' }, offer_id: 'id', to_peer_id: PEER };
    expect(announce(answer)).to.deep.equal({
      kind: 'answer',
      infoHash: HASH,
      peerId: PEER,
      toPeerId: PEER,
      offer: { id: 'id', sdp: 'v=1' },
    });
    for (const broken of [{ to_peer_id: undefined }, { to_peer_id: 'short' }, { offer_id: 7 }, { answer: 'x' }]) {
      expect(announce({ ...answer, ...broken })).to.equal(undefined);
    }
  });

  it('reads a scrape of one hash and of several', () => {
    expect(read({ action: 'scrape', info_hash: HASH })).to.deep.equal({ kind: 'scrape', infoHashes: [HASH] });
    expect(read({ action: 'scrape', info_hash: [HASH, HASH] })).to.deep.equal({
      kind: 'scrape',
      infoHashes: [HASH, HASH],
    });
    expect(read({ action: 'scrape', info_hash: Array(64).fill(HASH) }))
      .to.have.property('infoHashes')
      .of.length(64);
    for (const asked of [undefined, [], 'x', ['x'], Array(65).fill(HASH)]) {
      expect(read({ action: 'scrape', info_hash: asked })).to.equal(undefined);
    }
  });

  it('refuses hashes and ids that are not 20 bytes', () => {
    for (const hash of [undefined, 20, '', HASH.slice(1), `${HASH}x`, `${HASH.slice(1)}\u0100`]) {
      expect(announce({ info_hash: hash })).to.equal(undefined);
      expect(announce({ peer_id: hash })).to.equal(undefined);
    }
  });

  it('throws on nothing', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '1',
      '"x"',
      '{}',
      '{"action":"x"}',
      '{"__proto__":{"action":"scrape"}}',
    ]) {
      expect(readWebSocketMessage(text), text).to.equal(undefined);
    }
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(HASH, PEER, [OFFER], OFFER, OFFER.offer));
    const key = fc.constantFrom('info_hash', 'peer_id', 'to_peer_id', 'offers', 'answer', 'offer_id', 'left', 'event');
    fc.assert(
      fc.property(fc.constantFrom('announce', 'scrape'), fc.dictionary(key, value), (action, fields) => {
        expect(read({ ...fields, action })?.kind).to.be.oneOf([undefined, 'announce', 'answer', 'scrape']);
      }),
    );
  });

  it('formats what clients expect, with one character per byte', () => {
    expect(JSON.parse(formatAnnounce(HASH, 120, 1, 2))).to.deep.equal({
      action: 'announce',
      interval: 120,
      info_hash: HASH,
      complete: 1,
      incomplete: 2,
    });
    expect(JSON.parse(formatOffer(HASH, PEER, { id: 'id', sdp: 'v=0' }))).to.deep.equal({
      action: 'announce',
      offer: { type: 'offer', sdp: 'v=0' },
      offer_id: 'id',
      peer_id: PEER,
      info_hash: HASH,
    });
    expect(JSON.parse(formatAnswer(HASH, PEER, { id: 'id', sdp: 'v=1' }))).to.deep.include({
      answer: { type: 'answer', sdp: 'v=1' },
      offer_id: 'id',
    });
    expect(JSON.parse(formatFailure(HASH, 'no'))).to.deep.equal({
      action: 'announce',
      'failure reason': 'no',
      info_hash: HASH,
    });
    const counts = Object.assign(new ScrapeCounts(), { seeders: 1, leechers: 2, downloaded: 3 });
    expect(JSON.parse(formatScrape(new Map([[HASH, counts]])))).to.deep.equal({
      action: 'scrape',
      files: { [HASH]: { complete: 1, incomplete: 2, downloaded: 3 } },
    });
  });
});
