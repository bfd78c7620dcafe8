import { expect } from 'chai';
import { inSlices, SLICE_RECORDS } from '../../../shared/platform/slices.ts';

const RECORDS = Array.from({ length: 2 * SLICE_RECORDS + 1 }, (_, number) => number);

describe('shared/platform/slices.ts', () => {
  it('gives everything in order, and others their turn in between', async () => {
    const taken: number[][] = [];
    let turns = 0;
    let isCounting = true;
    const count = (): void => {
      turns++;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    const turnsAt: number[] = [];
    await inSlices(RECORDS, (slice) => {
      taken.push([...slice]);
      turnsAt.push(turns);
    });
    isCounting = false;
    expect(taken.flat()).to.deep.equal(RECORDS);
    expect(taken.map(({ length }) => length)).to.deep.equal([SLICE_RECORDS, SLICE_RECORDS, 1]);
    expect(new Set(turnsAt).size).to.equal(3);
  });

  it('stops between two slices when it is aborted, and at the first that fails', async () => {
    for (const end of ['abort', 'throw']) {
      const controller = new AbortController();
      let slices = 0;
      const work = (): void => {
        slices++;
        if (end === 'throw') throw new Error('bad record');
        controller.abort();
      };
      await inSlices(RECORDS, work, controller.signal).catch(({ message }) => expect(message).to.equal('bad record'));
      expect(slices).to.equal(1);
    }
  });

  it('has nothing to do with no records', async () => {
    await inSlices([], () => expect.fail('there are none'));
  });
});
