import { expect } from 'chai';
import { isDue, RENEW_AFTER_MS } from '../../planter/renew.ts';

const NOW = 1_800_000_000_000;

describe('planter/renew.ts', () => {
  const cases = [
    [NOW - RENEW_AFTER_MS, true],
    [NOW - RENEW_AFTER_MS + 1, false],
    [NOW, false],
    [NOW + 1, true],
  ] as const;
  for (const [at, expected] of cases) {
    it(`${expected ? 'renews' : 'leaves'} what was planted ${(NOW - at) / 86_400_000} days ago`, () => {
      const entry = { planter: 'f', hashes: ['a'], copies: 1, source: '/a', supernodes: [], at };
      expect(isDue(entry, NOW)).to.equal(expected);
    });
  }
});
