import { expect } from 'chai';
import { countOf, formatSize, formatTime } from '../../../shared/platform/amounts.ts';

describe('shared/platform/amounts.ts', () => {
  it('writes sizes in the unit that fits', () => {
    const sizes = [0, 1, 1023, 1024, 1536, 2 ** 20, 5 * 2 ** 30, 2 ** 40, 2 ** 52].map(formatSize);
    expect(sizes).to.deep.equal([
      '0 bytes',
      '1 bytes',
      '1023 bytes',
      '1.0 KiB',
      '1.5 KiB',
      '1.0 MiB',
      '5.0 GiB',
      '1.0 TiB',
      '4096.0 TiB',
    ]);
  });

  it('writes times in two units at most', () => {
    const times = [0, 59.4, 60, 3599, 3600 + 300, 47 * 3600, 90 * 86_400 + 3600].map(formatTime);
    expect(times).to.deep.equal(['0 s', '59 s', '1 min', '1 h 0 min', '1 h 5 min', '47 h 0 min', '90 days 1 h']);
  });

  it('counts in words', () => {
    expect([0, 1, 2].map((count) => countOf(count, 'copy'))).to.deep.equal(['no copies', '1 copy', '2 copies']);
  });
});
