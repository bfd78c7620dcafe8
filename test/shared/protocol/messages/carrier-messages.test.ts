import { expect } from 'chai';
import { BencodeError, encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import {
  carriersAnswer,
  carriersCall,
  itemBytes,
  NO_FEED,
} from '../../../../shared/protocol/messages/carrier-messages.ts';
import { ANY, expectLimits } from '../../../helpers/message-limits.ts';

const HASH = 'ab'.repeat(20);
const OTHER = 'cd'.repeat(20);

describe('shared/protocol/messages/carrier-messages.ts', () => {
  it('brings a question through', () => {
    const first = { feed: NO_FEED, since: 0, waitSeconds: 30 };
    expect(carriersCall.read(carriersCall.write(first))).to.deep.equal(first);
    const next = { feed: '0123456789abcdef', since: 7, place: HASH, waitSeconds: 0 };
    expect(carriersCall.read(carriersCall.write(next))).to.deep.equal(next);
    expectLimits(carriersCall.read, carriersCall.write(next), {
      feed: [8, 8],
      since: ANY,
      place: [20, 20],
      wait: [0, 30],
    });
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
    const none = { ...answer, isReset: false, items: [] };
    expect(carriersAnswer.read(carriersAnswer.write(none))).to.deep.equal(none);
    expectLimits(carriersAnswer.read, carriersAnswer.write(none), {
      feed: [8, 8],
      next: ANY,
      place: [20, 20],
      reset: [0, 1],
      nodes: [0, 200],
    });
  });

  it('takes as many items as fit 128 KiB, each with up to 16 carriers', () => {
    const answer = { feed: Buffer.alloc(8), next: 0, nodes: [Buffer.from('one')], reset: 0 };
    const item = Buffer.from(`${HASH}10${'0000'.repeat(16)}`, 'hex');
    const count = Math.floor((128 * 1024) / item.length);
    const full = Buffer.concat(Array(count).fill(item));
    expect(carriersAnswer.read(encode({ ...answer, items: full })).items).to.have.length(count);
    expect(itemBytes(16)).to.equal(item.length);
    const [fits, longer] = [16, 17].map((rest) =>
      Buffer.concat([full, Buffer.alloc(128 * 1024 - full.length - 16 + rest)]),
    );
    expect(() => carriersAnswer.read(encode({ ...answer, items: fits! }))).not.to.throw('must be 0 to 131072 bytes');
    expect(() => carriersAnswer.read(encode({ ...answer, items: longer! }))).to.throw('must be 0 to 131072 bytes');
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
