import { expect } from 'chai';
import fc from 'fast-check';
import { BencodeError } from '../../../../shared/protocol/encoding/bencoding.ts';
import { SHARED_LISTS, ShareGroups, ShareGroupWriter } from '../../../../shared/protocol/messages/share-groups.ts';
import { packGroups } from '../../../helpers/packed-groups.ts';

const HASH = 'ab'.repeat(20);
/** One group with an entry in every list, written out. */
const GROUP = Buffer.from(
  `${HASH}0000000200000003${'0001'.repeat(4)}` +
    '0102030407d00105' +
    '2a00000000000000000000000000000107d10006' +
    '0506070807d2' +
    '2a00000000000000000000000000000207d3',
  'hex',
);

describe('shared/protocol/messages/share-groups.ts', () => {
  it('reads a group: hash, counts, and where its four lists are', () => {
    const groups = new ShareGroups(GROUP);
    expect(groups.next()).to.equal(true);
    expect(groups.bytes.toString('hex', groups.hashAt, groups.hashAt + 20)).to.equal(HASH);
    expect([groups.seeders, groups.leechers]).to.deep.equal([2, 3]);
    expect(SHARED_LISTS.map((_, list) => groups.countOf(list))).to.deep.equal([1, 1, 1, 1]);
    expect(SHARED_LISTS.map((_, list) => groups.listAt(list))).to.deep.equal([36, 44, 64, 70]);
    expect(groups.next()).to.equal(false);
  });

  it('reads no groups from no bytes', () => {
    expect(new ShareGroups(Buffer.alloc(0)).next()).to.equal(false);
  });

  it('goes through several groups, and through them again only as a new cursor', () => {
    const groups = new ShareGroups(Buffer.concat([GROUP, GROUP, GROUP]));
    let count = 0;
    while (groups.next()) count++;
    expect(count).to.equal(3);
  });

  it('refuses what is cut off anywhere, or has something after the end', () => {
    for (let length = 1; length < GROUP.length; length++) {
      expect(() => new ShareGroups(GROUP.subarray(0, length)), `${length} bytes`).to.throw(BencodeError, 'cut off');
    }
    expect(() => new ShareGroups(Buffer.concat([GROUP, Buffer.alloc(35)]))).to.throw(BencodeError, 'cut off');
  });

  it('refuses flags that nobody knows', () => {
    for (const at of [42, 62]) {
      const bytes = Buffer.from(GROUP);
      bytes[at] = 2;
      expect(() => new ShareGroups(bytes)).to.throw(BencodeError, 'flags');
    }
  });

  it('never throws anything but a BencodeError, nor reads beyond the end', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        const groups = new ShareGroups(Buffer.from(bytes));
        while (groups.next()) expect(groups.listAt(SHARED_LISTS.length)).to.be.at.most(bytes.length);
      } catch (error) {
        expect(error).to.be.instanceOf(BencodeError);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('writes what it reads', () => {
    const writer = new ShareGroupWriter(1000);
    const hashAt = writer.begin(2, 3);
    Buffer.from(HASH, 'hex').copy(writer.bytes, hashAt);
    for (const [list, { bytes }] of SHARED_LISTS.entries()) {
      GROUP.copy(writer.bytes, writer.length, [36, 44, 64, 70][list]!, [36, 44, 64, 70][list]! + bytes);
      writer.count(list, 1);
    }
    expect(writer.take().toString('hex')).to.equal(GROUP.toString('hex'));
    expect(writer.room).to.equal(1000 - GROUP.length);
    writer.clear();
    expect(writer.take().length).to.equal(0);
  });

  it('is packed by the test helper as it is written here', () => {
    const packed = packGroups([
      {
        infoHash: HASH,
        seeders: 2,
        leechers: 3,
        peers: [
          { address: '1.2.3.4', port: 2000, flags: 1, age: 5 },
          { address: '2a00::1', port: 2001, age: 6 },
        ],
        removed: [
          { address: '5.6.7.8', port: 2002 },
          { address: '2a00::2', port: 2003 },
        ],
      },
    ]);
    expect(packed.toString('hex')).to.equal(GROUP.toString('hex'));
  });
});
