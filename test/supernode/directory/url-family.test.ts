import { expect } from 'chai';
import { suitsFamily } from '../../../supernode/directory/url-family.ts';

const FAMILIES = [4, 6] as const;

describe('supernode/directory/url-family.ts', () => {
  for (const [url, families] of [
    ['http://192.0.2.1:6969', [4]],
    ['https://192.0.2.1', [4]],
    ['http://[2001:db8::1]:6969', [6]],
    ['https://[2001:db8::1]', [6]],
    ['http://[::1]', [6]],
    ['http://[::ffff:c000:201]:6969', [4]],
    ['http://n.example', [4, 6]],
    ['https://n.example:6969', [4, 6]],
    ['http://1.2.3.4.example:80', [4, 6]],
    ['http://node1:6969', [4, 6]],
    ['http://a.node1', [4, 6]],
    ['http://localhost', [4, 6]],
  ] as const) {
    it(`has ${url} lead there over IPv${families.join(' and IPv')}`, () => {
      expect(FAMILIES.filter((family) => suitsFamily(url, family))).to.deep.equal(families);
    });
  }
});
