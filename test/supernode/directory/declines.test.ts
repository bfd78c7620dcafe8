import { expect } from 'chai';
import { Declines, MAX_DECLINED_TORRENTS } from '../../../supernode/directory/declines.ts';

const NOW = 1_800_000_000_000;
const hashOf = (number: number): string => number.toString(16).padStart(40, '0');

describe('supernode/directory/declines.ts', () => {
  it('remembers a bounded number of torrents, those that were declined last', () => {
    const declines = new Declines({ newest: () => NOW });
    for (let number = 0; number < MAX_DECLINED_TORRENTS; number++) declines.note(hashOf(number), 'one', true, NOW);
    declines.note(hashOf(0), 'two', false, NOW);
    declines.note(hashOf(MAX_DECLINED_TORRENTS), 'one', true, NOW);
    expect([...declines.torrents()]).to.have.length(MAX_DECLINED_TORRENTS);
    expect(declines.of(hashOf(1), NOW)).to.equal(undefined);
    expect(declines.of(hashOf(0), NOW)).to.deep.equal({ by: new Set(['one', 'two']), forGood: 1 });
  });
});
