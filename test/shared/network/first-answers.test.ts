import { expect } from 'chai';
import { firstAnswers } from '../../../shared/network/first-answers.ts';

const SILENCE = new Promise<never>(() => undefined);

describe('shared/network/first-answers.ts', () => {
  it('tells how all ended when all end', async () => {
    const late = new Promise<number>((resolve) => setImmediate(resolve, 3));
    const failure = new Error('no');
    expect(await firstAnswers([Promise.resolve(1), Promise.reject(failure), late])).to.deep.equal([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 3 },
    ]);
    expect(await firstAnswers([Promise.reject(failure)])).to.deep.equal([{ status: 'rejected', reason: failure }]);
    expect(await firstAnswers([])).to.deep.equal([]);
  });

  it('waits for no silent one when another has answered', async () => {
    expect(await firstAnswers([SILENCE, Promise.resolve(2)])).to.deep.equal([{ status: 'fulfilled', value: 2 }]);
  });
});
