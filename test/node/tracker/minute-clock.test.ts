import { expect } from 'chai';
import { MinuteClock } from '../../../node/tracker/minute-clock.ts';

describe('node/tracker/minute-clock.ts', () => {
  it('counts minutes', () => {
    const clock = new MinuteClock();
    expect([0, 59.9, 60, 3600].map((seconds) => clock.minuteAt(seconds))).to.deep.equal([0, 0, 1, 60]);
  });

  it('stands still while callers differ by a little', () => {
    const clock = new MinuteClock();
    for (let i = 0; i < 1000; i++) {
      clock.minuteAt(6000);
      expect(clock.minuteAt(5941)).to.equal(100);
    }
  });

  it('goes on from where it was when the clock is set back', () => {
    const clock = new MinuteClock();
    clock.minuteAt(6000);
    expect(clock.minuteAt(1000)).to.equal(100);
    expect(clock.minuteAt(1060)).to.equal(101);
    expect(clock.minuteAt(1600)).to.equal(110);
  });

  it('takes a step forward for time passed', () => {
    const clock = new MinuteClock();
    clock.minuteAt(60);
    expect(clock.minuteAt(600_000)).to.equal(10_000);
  });
});
