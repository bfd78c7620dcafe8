import { expect } from 'chai';
import fc from 'fast-check';
import { DigestTree, differing } from '../../../supernode/directory/digest-tree.ts';
import { hashOf } from '../records.ts';

describe('supernode/directory/digest-tree.ts', () => {
  it('has the same digests for the same records, in whatever order they came and went', () => {
    const record = fc.record({ name: fc.integer({ min: 0, max: 50 }), content: fc.uint8Array({ maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(record), fc.array(record), (kept, passing) => {
        const [one, other] = [new DigestTree(), new DigestTree()];
        for (const { name, content } of kept) one.toggle(hashOf(`${name}`), content);
        for (const { name, content } of [...passing, ...kept.toReversed()]) other.toggle(hashOf(`${name}`), content);
        other.digests();
        for (const { name, content } of passing) other.toggle(hashOf(`${name}`), content);
        expect(other.digests().equals(one.digests())).to.equal(true);
      }),
    );
  });

  it('leads to the leaf of a record that one of two lacks', () => {
    const [one, other] = [new DigestTree(), new DigestTree()];
    const infoHash = `12ab${'00'.repeat(18)}`;
    one.toggle(hashOf('both'), Buffer.from('x'));
    other.toggle(hashOf('both'), Buffer.from('x'));
    one.toggle(infoHash, Buffer.from('y'));
    expect(differing(one.digests(), other.digests())).to.deep.equal([0x12]);
    expect(differing(one.digests(0x12), other.digests(0x12))).to.deep.equal([0xab]);
    expect(differing(one.digests(0x13), other.digests(0x13))).to.deep.equal([]);
  });
});
