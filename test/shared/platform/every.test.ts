import { once } from 'node:events';
import { mock } from 'node:test';
import { expect } from 'chai';
import { type EveryOptions, every } from '../../../shared/platform/every.ts';
import type { Random } from '../../../shared/platform/random.ts';

const INTERVAL_MS = 1000;
const middle: Random = { uint32: () => 2 ** 31, bytes: (count) => Buffer.alloc(count) };

/** Lets all promises that are ready settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('shared/platform/every.ts', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  const repeat = (task: EveryOptions['task'], others: Partial<EveryOptions> = {}) =>
    every({ intervalMs: INTERVAL_MS, random: middle, task, onError: (error) => expect.fail(String(error)), ...others });

  it('waits an interval before the first run and from each end to the next start', async () => {
    let runs = 0;
    const repetition = repeat(() => void runs++);
    mock.timers.tick(INTERVAL_MS - 1);
    expect(runs).to.equal(0);
    for (const expected of [1, 2, 3]) {
      mock.timers.tick(expected === 1 ? 1 : INTERVAL_MS);
      expect(runs).to.equal(expected);
      await settle();
    }
    await repetition.stop();
  });

  it('runs at once when asked to', async () => {
    let runs = 0;
    const repetition = repeat(() => void runs++, { startNow: true });
    expect(runs).to.equal(1);
    await repetition.stop();
  });

  for (const [draw, pauseMs] of [
    [0, 750],
    [2 ** 31, 1000],
    [2 ** 32 - 1, 1249],
  ] as const) {
    it(`waits about ${pauseMs} ms of 1000 +-25 % when chance says ${draw}`, async () => {
      let runs = 0;
      const repetition = repeat(() => void runs++, { jitter: 0.25, random: { ...middle, uint32: () => draw } });
      mock.timers.tick(pauseMs - 1);
      expect(runs).to.equal(0);
      mock.timers.tick(2);
      expect(runs).to.equal(1);
      await repetition.stop();
    });
  }

  it('waits as long as a timer can for what is longer', async () => {
    let runs = 0;
    const repetition = repeat(() => void runs++, { intervalMs: 2 ** 40 });
    mock.timers.tick(2 ** 31 - 2);
    expect(runs).to.equal(0);
    mock.timers.tick(1);
    expect(runs).to.equal(1);
    await repetition.stop();
  });

  it('never lets two runs overlap', async () => {
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const repetition = repeat(() => {
      runs++;
      return gate.promise;
    });
    mock.timers.tick(INTERVAL_MS);
    mock.timers.tick(5 * INTERVAL_MS);
    expect(runs).to.equal(1);
    gate.resolve();
    await settle();
    mock.timers.tick(INTERVAL_MS);
    expect(runs).to.equal(2);
    await repetition.stop();
  });

  it('runs exactly once more when asked several times during a run, since that run may have missed what changed', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let runs = 0;
    const repetition = repeat(() => gates[runs++]?.promise);
    const first = repetition.runNow();
    const more = [repetition.runNow(), repetition.runNow()];
    gates[0]!.resolve();
    await first;
    await settle();
    expect(runs).to.equal(2);
    gates[1]!.resolve();
    await Promise.all(more);
    expect(runs).to.equal(2);
    await repetition.stop();
  });

  for (const [name, task] of [
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ] as const) {
    it(`reports a task that ${name} and runs it again`, async () => {
      const errors: unknown[] = [];
      const repetition = repeat(task, { onError: (error) => errors.push(error) });
      await repetition.runNow();
      mock.timers.tick(INTERVAL_MS);
      await settle();
      expect(errors.map(String)).to.deep.equal(['Error: boom', 'Error: boom']);
      await repetition.stop();
    });
  }

  it('aborts the run in progress on stop, waits for it, does not report it, and starts no other', async () => {
    let runs = 0;
    let hasEnded = false;
    const repetition = repeat(async (signal) => {
      runs++;
      await once(signal, 'abort');
      await settle();
      hasEnded = true;
      throw new Error('aborted');
    });
    void repetition.runNow();
    void repetition.runNow();
    await repetition.stop();
    expect(hasEnded).to.equal(true);
    await repetition.runNow();
    mock.timers.tick(10 * INTERVAL_MS);
    expect(runs).to.equal(1);
  });
});
