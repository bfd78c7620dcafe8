import { expect } from 'chai';
import { BencodeError, encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import { carriersAnswer, carriersCall, NO_FEED } from '../../../../shared/protocol/messages/carrier-messages.ts';

const HASH = 'ab'.repeat(20);
const OTHER = 'cd'.repeat(20);

describe('shared/protocol/messages/carrier-messages.ts', () => {
  it('brings a question through', () => {
    const first = { feed: NO_FEED, since: 0, waitSeconds: 30 };
    expect(carriersCall.read(carriersCall.write(first))).to.deep.equal(first);
    const next = { feed: '0123456789abcdef', since: 7, place: HASH, waitSeconds: 0 };
    expect(carriersCall.read(carriersCall.write(next))).to.deep.equal(next);
    expect(() => carriersCall.read(carriersCall.write({ ...first, waitSeconds: 31 }))).to.throw(BencodeError);
  });

  it('brings an answer through', () => {
    const answer = {
      feed: '0123456789abcdef',
      next: 9,
      isReset: true,
      place: OTHER,
      items: [
        { infoHash: HASH, carriers: [0, 1] },
        { infoHash: OTHER, carriers: [] },
      ],
      nodes: [Buffer.from('one'), Buffer.from('two')],
    };
    expect(carriersAnswer.read(carriersAnswer.write(answer))).to.deep.equal(answer);
  });

  it('packs an item as hash, number of carriers, their indices', () => {
    const bytes = carriersAnswer.write({
      feed: NO_FEED,
      next: 0,
      isReset: false,
      items: [{ infoHash: HASH, carriers: [0, 258] }],
      nodes: [],
    });
    expect(bytes.includes(Buffer.from(`${HASH}0200000102`, 'hex'))).to.equal(true);
  });

  it('refuses items that are cut off, name too many, or name a node that is not there', () => {
    const answer = { feed: Buffer.alloc(8), items: Buffer.alloc(0), next: 0, nodes: [Buffer.from('one')], reset: 0 };
    const good = Buffer.from(`${HASH}010000`, 'hex');
    expect(carriersAnswer.read(encode({ ...answer, items: good })).items).to.have.length(1);
    for (let length = 1; length < good.length; length++) {
      expect(() => carriersAnswer.read(encode({ ...answer, items: good.subarray(0, length) }))).to.throw(BencodeError);
    }
    const absent = Buffer.from(`${HASH}010001`, 'hex');
    const many = Buffer.from(`${HASH}11${'0000'.repeat(17)}`, 'hex');
    for (const items of [absent, many]) {
      expect(() => carriersAnswer.read(encode({ ...answer, items }))).to.throw(BencodeError);
    }
  });
});
