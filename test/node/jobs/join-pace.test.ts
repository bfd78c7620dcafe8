import { expect } from 'chai';
import { JoinPace, RETRY_PAUSES_MS } from '../../../node/jobs/join-pace.ts';
import type { Random } from '../../../shared/platform/random.ts';

function always(value: number): Random {
  return { uint32: () => value, bytes: (count) => Buffer.alloc(count) };
}
const LOW = always(0);
const MIDDLE = always(2 ** 31);

describe('node/jobs/join-pace.ts', () => {
  it('waits longer after each failure in a row, up to five minutes, give or take two fifths', () => {
    const middle = new JoinPace(MIDDLE);
    const low = new JoinPace(LOW);
    expect(Array.from({ length: 6 }, () => middle.afterFailure())).to.deep.equal([
      ...RETRY_PAUSES_MS,
      300_000,
      300_000,
    ]);
    expect([low.afterFailure(), low.afterFailure()]).to.deep.equal([3_000, 15_000]);
  });

  it('begins anew after an answer', () => {
    const pace = new JoinPace(MIDDLE);
    pace.afterFailure();
    pace.afterFailure();
    expect(pace.failures).to.equal(2);
    pace.afterAnswer(0);
    expect(pace.failures).to.equal(0);
    expect(pace.afterFailure()).to.equal(5_000);
  });

  it('comes again when the supernode wishes or a little before, between 5 seconds and 5 minutes', () => {
    const pace = new JoinPace(LOW);
    expect([0, 1, 30, 300, 86_400].map((seconds) => pace.afterAnswer(seconds))).to.deep.equal([
      300_000, 5_000, 30_000, 300_000, 300_000,
    ]);
    expect(new JoinPace(MIDDLE).afterAnswer(100)).to.equal(90_000);
  });
});
