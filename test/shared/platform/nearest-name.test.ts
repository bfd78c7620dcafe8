import { expect } from 'chai';
import { nearestName } from '../../../shared/platform/nearest-name.ts';

const NAMES = ['http-port', 'udp-port', 'host', 'mode', 'supernode'];

describe('shared/platform/nearest-name.ts', () => {
  for (const [typed, meant] of [
    ['htpp-port', 'http-port'], // replaced
    ['htt-port', 'http-port'], // left out
    ['http--port', 'http-port'], // doubled
    ['mdoe', 'mode'], // swapped
    ['supernodes', 'supernode'],
    ['hots', 'host'],
  ] as const) {
    it(`takes ${typed} for ${meant}`, () => {
      expect(nearestName(typed, NAMES)).to.equal(meant);
    });
  }

  it('does not guess what is too far from all names', () => {
    expect(nearestName('colour', NAMES)).to.equal(undefined);
    expect(nearestName('x', NAMES)).to.equal(undefined);
    expect(nearestName('', NAMES)).to.equal(undefined);
    expect(nearestName('mode', [])).to.equal(undefined);
  });

  it('forgives one slip in three letters', () => {
    expect(nearestName('moe', NAMES)).to.equal('mode');
    expect(nearestName('mo', ['me'])).to.equal(undefined);
    expect(nearestName('hostde', ['hostab'])).to.equal('hostab');
    expect(nearestName('hoscde', ['hostab'])).to.equal(undefined);
  });
});
