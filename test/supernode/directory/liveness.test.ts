import { expect } from 'chai';
import {
  afterAnswer,
  afterFailure,
  FAILURES_UNTIL_DOWN,
  FALL_HALF_LIFE_MS,
  isSteady,
  isTrusted,
  MAX_ANSWER_AGE_MS,
  neverProbed,
  probeDelayMs,
  silentSince,
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
    expect(liveness).to.include({ state: 'up', failures: 0, answeredAt: 100, changedAt: 100 });
    expect(isTrusted(liveness, 100)).to.equal(true);
  });

  it('does not rely on a member that falls again and again until it has kept still', () => {
    let liveness = afterAnswer(neverProbed(0), 1);
    const steady = [];
    for (let fall = 1; fall <= 5; fall++) {
      liveness = afterAnswer(afterFailure(liveness, fall * 1000), fall * 1000 + 500);
      steady.push(isSteady(liveness, fall * 1000 + 500));
    }
    expect(steady).to.deep.equal([true, true, true, false, false]);
    expect(isSteady(liveness, 5500 + FALL_HALF_LIFE_MS)).to.equal(true);
    expect(isTrusted(liveness, 5500)).to.equal(true);
  });

  it('counts silence from the last answer, or from when the member became known', () => {
    expect(silentSince(neverProbed(50))).to.equal(50);
    expect(silentSince(afterFailure(afterAnswer(neverProbed(50), 70), 90))).to.equal(70);
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
