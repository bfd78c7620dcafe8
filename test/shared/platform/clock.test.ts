import { expect } from 'chai';
import { systemClock } from '../../../shared/platform/clock.ts';

describe('shared/platform/clock.ts', () => {
  it('tells unix time in milliseconds', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).to.be.within(before, Date.now());
  });
});
