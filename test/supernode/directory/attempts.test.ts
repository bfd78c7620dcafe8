import { expect } from 'chai';
import { Attempts } from '../../../supernode/directory/attempts.ts';

const LIMITS = { burst: 3, perMinute: 6, maxNetworks: 2 };

describe('supernode/directory/attempts.ts', () => {
  let attempts: Attempts;
  beforeEach(() => {
    attempts = new Attempts(LIMITS);
  });
  const take = (count: number, address: string, now = 0): number[] =>
    Array.from({ length: count }, () => attempts.take(address, now));

  it('lets a burst through, then says when the next attempt is', () => {
    expect(take(4, '192.0.2.1')).to.deep.equal([0, 0, 0, 10]);
    expect(take(1, '192.0.2.1', 4000)).to.deep.equal([6]);
    expect(take(2, '192.0.2.1', 10_000)).to.deep.equal([0, 10]);
  });

  it('saves up no more than a burst', () => {
    take(3, '192.0.2.1');
    expect(take(4, '192.0.2.1', 3_600_000)).to.deep.equal([0, 0, 0, 10]);
  });

  it('counts IPv4 addresses one by one and IPv6 addresses by /64', () => {
    expect(take(4, '192.0.2.1').at(-1)).to.equal(10);
    expect(take(1, '192.0.2.2')).to.deep.equal([0]);
    take(3, '2001:db8::1');
    expect(take(1, '2001:db8::2')).to.deep.equal([10]);
    expect(take(1, '2001:db8:0:1::1')).to.deep.equal([0]);
  });

  it('remembers no more networks than it may, those heard of last', () => {
    take(3, '192.0.2.1');
    take(3, '192.0.2.2');
    take(1, '192.0.2.1');
    take(1, '192.0.2.3');
    expect(attempts.size).to.equal(2);
    expect(take(1, '192.0.2.1')).to.deep.equal([10]);
    expect(take(1, '192.0.2.2')).to.deep.equal([0]);
  });

  it('is not confused by a clock that goes back', () => {
    take(3, '192.0.2.1', 10_000);
    expect(take(1, '192.0.2.1', 0)).to.deep.equal([10]);
  });
});
