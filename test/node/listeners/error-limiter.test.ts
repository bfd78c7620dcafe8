import { expect } from 'chai';
import { ErrorLimiter } from '../../../node/listeners/error-limiter.ts';

const ADDRESS = Buffer.from([192, 0, 2, 1]);

function allowed(limiter: ErrorLimiter, address: Buffer, nowSeconds: number): number {
  return Array.from({ length: 100 }, () => limiter.isAllowed(address, 4, nowSeconds)).filter(Boolean).length;
}

describe('node/listeners/error-limiter.ts', () => {
  it('allows five errors to an address in ten seconds, and five more in the next ten', () => {
    const limiter = new ErrorLimiter();
    expect(allowed(limiter, ADDRESS, 100)).to.equal(5);
    expect(allowed(limiter, ADDRESS, 109)).to.equal(0);
    expect(allowed(limiter, ADDRESS, 110)).to.equal(5);
  });

  it('counts addresses apart', () => {
    const limiter = new ErrorLimiter();
    expect(allowed(limiter, ADDRESS, 100)).to.equal(5);
    expect(allowed(limiter, Buffer.from([192, 0, 2, 2]), 100)).to.equal(5);
  });
});
