import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_SEQ_AHEAD_MS, nextSeq, supersedes, type Version } from '../../../../shared/protocol/records/lasting.ts';

const NOW = 1_800_000_000_000;

const version = fc.record({ seq: fc.nat(3), bytes: fc.uint8Array({ maxLength: 2 }) });

function merge(held: Version, candidate: Version): Version {
  return supersedes(candidate, held) ? candidate : held;
}

describe('shared/protocol/records/lasting.ts', () => {
  it('takes the time as the next seq, or one more than the previous when that is ahead', () => {
    expect(nextSeq(0, NOW)).to.equal(NOW);
    expect(nextSeq(NOW, NOW)).to.equal(NOW + 1);
    expect(nextSeq(NOW + 50, NOW)).to.equal(NOW + 51);
    expect(nextSeq(NOW + MAX_SEQ_AHEAD_MS, NOW)).to.equal(NOW + MAX_SEQ_AHEAD_MS + 1);
  });

  it('does not count on from a seq that a wrong clock has dated ahead', () => {
    expect(nextSeq(NOW + MAX_SEQ_AHEAD_MS + 1, NOW)).to.equal(NOW);
  });

  it('lets the higher seq win, and of equals the greater bytes', () => {
    expect(supersedes({ seq: 2, bytes: Buffer.of(0) }, { seq: 1, bytes: Buffer.of(9) })).to.equal(true);
    expect(supersedes({ seq: 1, bytes: Buffer.of(9) }, { seq: 2, bytes: Buffer.of(0) })).to.equal(false);
    expect(supersedes({ seq: 1, bytes: Buffer.of(1) }, { seq: 1, bytes: Buffer.of(0, 255) })).to.equal(true);
    expect(supersedes({ seq: 1, bytes: Buffer.of(1) }, { seq: 1, bytes: Buffer.of(1) })).to.equal(false);
  });

  it('merges alike in every order and however often', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(merge(a, b)).to.deep.equal(merge(b, a));
        expect(merge(merge(a, b), c)).to.deep.equal(merge(a, merge(b, c)));
        expect(merge(a, a)).to.deep.equal(a);
      }),
    );
  });
});
