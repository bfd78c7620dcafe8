import { expect } from 'chai';
import { readGoal, readPorts } from '../../../client/transfer/options.ts';
import { UsageError } from '../../../shared/errors.ts';

describe('client/transfer/options.ts', () => {
  it('reads when seeding ends', () => {
    expect(readGoal({ ratio: undefined, timeMs: undefined })).to.equal(undefined);
    expect(readGoal({ ratio: '1.5', timeMs: undefined })).to.deep.equal({ ratio: 1.5 });
    expect(readGoal({ ratio: '2', timeMs: 1000 })).to.deep.equal({ ratio: 2, timeMs: 1000 });
  });

  for (const ratio of ['x', '-1', '1.', '1e3', '']) {
    it(`refuses the ratio '${ratio}'`, () => {
      expect(() => readGoal({ ratio, timeMs: undefined })).to.throw(UsageError);
    });
  }

  it('reads a port, or a range of them', () => {
    expect(readPorts('0')).to.deep.equal({ first: 0, last: 0 });
    expect(readPorts('6881-6889')).to.deep.equal({ first: 6881, last: 6889 });
  });

  for (const text of ['x', '70000', '10-5', '1-2-3', '']) {
    it(`refuses the port '${text}'`, () => {
      expect(() => readPorts(text)).to.throw(UsageError, 'expected a port');
    });
  }
});
