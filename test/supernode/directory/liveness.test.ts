import { expect } from 'chai';
import {
  afterAnswer,
  afterFailure,
  FAILURES_UNTIL_DOWN,
  isTrusted,
  MAX_ANSWER_AGE_MS,
  neverProbed,
  probeDelayMs,
} from '../../../supernode/directory/liveness.ts';

const MIDDLE = 0.5;

describe('supernode/directory/liveness.ts', () => {
  it('does not trust a member that has never answered', () => {
    const liveness = neverProbed(1000);
    expect(liveness.state).to.equal('suspect');
    expect(isTrusted(liveness, 1000)).to.equal(false);
  });

  it('trusts a member from its first answer until the answer is 3 minutes old', () => {
    const liveness = afterAnswer(neverProbed(0), 1000);
    expect(isTrusted(liveness, 1000)).to.equal(true);
    expect(isTrusted(liveness, 1000 + MAX_ANSWER_AGE_MS - 1)).to.equal(true);
    expect(isTrusted(liveness, 1000 + MAX_ANSWER_AGE_MS)).to.equal(false);
  });

  it('suspects at the first missed ping and calls it down at the third', () => {
    let liveness = afterAnswer(neverProbed(0), 0);
    const states = [];
    for (let missed = 1; missed <= FAILURES_UNTIL_DOWN + 1; missed++) {
      liveness = afterFailure(liveness, missed * 10);
      states.push([liveness.state, liveness.changedAt]);
    }
    expect(states).to.deep.equal([
      ['suspect', 10],
      ['suspect', 10],
      ['down', 30],
      ['down', 30],
    ]);
  });

  it('trusts a member that is back at its first answer', () => {
    let liveness = neverProbed(0);
    for (let missed = 0; missed < 10; missed++) liveness = afterFailure(liveness, missed);
    liveness = afterAnswer(liveness, 100);
    expect(liveness).to.deep.equal({ state: 'up', failures: 0, answeredAt: 100, changedAt: 100 });
  });

  it('pings a suspect member sooner, one that has been down for long more seldom', () => {
    const up = afterAnswer(neverProbed(0), 0);
    const suspect = afterFailure(up, 0);
    const down = afterFailure(afterFailure(suspect, 0), 0);
    expect(probeDelayMs(up, 5000, 0, MIDDLE)).to.equal(5000);
    expect(probeDelayMs(suspect, 5000, 0, MIDDLE)).to.equal(1000);
    expect(probeDelayMs(suspect, 100, 0, MIDDLE)).to.equal(100);
    expect(probeDelayMs(down, 5000, 599_999, MIDDLE)).to.equal(5000);
    expect(probeDelayMs(down, 5000, 600_000, MIDDLE)).to.equal(60_000);
  });

  it('spreads pings by a quarter to either side', () => {
    const up = afterAnswer(neverProbed(0), 0);
    expect(probeDelayMs(up, 4000, 0, 0)).to.equal(3000);
    expect(probeDelayMs(up, 4000, 0, 1 - 2 ** -32)).to.equal(5000);
  });
});
