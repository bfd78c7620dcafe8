import { expect } from 'chai';
import fc from 'fast-check';
import { pressureOf } from '../../../node/tracker/load-policy.ts';

const AT_EASE = { announcesPerSecond: 0, eventLoopDelayMs: 0, fill: 0 };

describe('node/tracker/load-policy.ts', () => {
  it('is at ease while there is room and time', () => {
    expect(pressureOf(AT_EASE, { fullRate: undefined })).to.equal(0);
    const busy = { announcesPerSecond: 1e6, eventLoopDelayMs: 10, fill: 0.8 };
    expect(pressureOf(busy, { fullRate: undefined })).to.equal(0);
  });

  it('rises with each of fullness, delay and rate, the most pressing counting', () => {
    const policy = { fullRate: 1000 };
    expect(pressureOf({ ...AT_EASE, fill: 0.9 }, policy)).to.be.closeTo(0.5, 1e-9);
    expect(pressureOf({ ...AT_EASE, eventLoopDelayMs: 55 }, policy)).to.be.closeTo(0.5, 1e-9);
    expect(pressureOf({ ...AT_EASE, announcesPerSecond: 750 }, policy)).to.be.closeTo(0.5, 1e-9);
    expect(pressureOf({ announcesPerSecond: 2000, eventLoopDelayMs: 30, fill: 0.85 }, policy)).to.equal(1);
  });

  it('never leaves 0 to 1, and never falls when anything rises', () => {
    const sample = fc.record({
      announcesPerSecond: fc.double({ min: 0, max: 1e7, noNaN: true }),
      eventLoopDelayMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
      fill: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    const policy = fc.record({ fullRate: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }) });
    fc.assert(
      fc.property(sample, sample, policy, (a, b, chosen) => {
        const most = {
          announcesPerSecond: Math.max(a.announcesPerSecond, b.announcesPerSecond),
          eventLoopDelayMs: Math.max(a.eventLoopDelayMs, b.eventLoopDelayMs),
          fill: Math.max(a.fill, b.fill),
        };
        const pressure = pressureOf(most, chosen);
        expect(pressure).to.be.within(0, 1);
        expect(pressure).to.be.at.least(Math.max(pressureOf(a, chosen), pressureOf(b, chosen)));
      }),
    );
  });
});
