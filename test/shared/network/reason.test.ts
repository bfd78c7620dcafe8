import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { reasonOf } from '../../../shared/network/reason.ts';

describe('shared/network/reason.ts', () => {
  it('tells the user what strangers are not told', () => {
    const cause = new Error('http://10.0.0.1: connection refused');
    expect(reasonOf(new PublicError('unreachable', 'it does not answer', { cause }))).to.equal(cause.message);
    expect(reasonOf(new PublicError('address', 'not public', { cause }))).to.equal(cause.message);
    expect(reasonOf(new PublicError('address', 'not public'))).to.equal('not public');
    expect(reasonOf(new PublicError('full', 'no room', { cause }))).to.equal('no room');
  });

  it('throws a defect on', () => {
    const defect = new TypeError('x is not a function');
    expect(() => reasonOf(defect)).to.throw(defect);
  });
});
