import { expect } from 'chai';
import { bounded } from '../../planter/bounded.ts';

describe('planter/bounded.ts', () => {
  it('gives results in the order of the items, whichever is ready first', async () => {
    const doors = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const results = bounded([0, 1, 2], 3, async (item) => {
      await doors[item]!.promise;
      return item * 10;
    });
    for (const door of doors.toReversed()) door.resolve();
    expect(await results).to.deep.equal([0, 10, 20]);
  });

  it('works on no more than the limit at a time', async () => {
    let running = 0;
    let most = 0;
    await bounded(Array.from({ length: 20 }), 3, async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    });
    expect(most).to.equal(3);
  });

  it('begins nothing once it is told to stop, and ends what it began', async () => {
    const stop = new AbortController();
    const results = await bounded(
      [0, 1, 2, 3],
      1,
      async (item) => {
        if (item === 1) stop.abort();
        return item;
      },
      stop.signal,
    );
    expect(results).to.deep.equal([0, 1, undefined, undefined]);
  });

  it('begins nothing after an error', async () => {
    const begun: number[] = [];
    const door = Promise.withResolvers<void>();
    const working = bounded([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 0) throw new TypeError('a defect');
      await door.promise;
    });
    await working.catch(() => door.resolve());
    await new Promise(setImmediate);
    expect(begun).to.deep.equal([0, 1]);
  });

  it('fails with the first error', async () => {
    const error: unknown = await bounded([1], 2, () => Promise.reject(new TypeError('a defect'))).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(TypeError);
  });
});
