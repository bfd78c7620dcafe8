import { expect } from 'chai';
import { Admission } from '../../../supernode/directory/admission.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('supernode/directory/admission.ts', () => {
  let admission: Admission;
  let count: number;
  beforeEach(() => {
    admission = new Admission();
    count = 0;
  });
  /** How long a newcomer waits, in minutes; who need not comes in. */
  const arrive = (host: string, now: number, id = `node ${count++}`): number => {
    const waitMs = admission.waitMs(id, host, now);
    if (waitMs === 0) admission.admit(id, host, now);
    return waitMs / MINUTE_MS;
  };

  it('lets the first four of a /24 come in at once, has the next wait, and forgets all after a day', () => {
    const waits = [1, 2, 3, 4, 5].map((number) => arrive(`192.0.2.${number}`, 0));
    expect(waits).to.deep.equal([0, 0, 0, 0, 10]);
    expect(arrive('198.51.100.1', 0)).to.equal(0);
    expect(arrive('192.0.2.9', DAY_MS)).to.equal(0);
  });

  it('admits who has waited, and doubles the wait of the next', () => {
    for (let number = 1; number <= 4; number++) arrive(`192.0.2.${number}`, 0);
    expect(arrive('192.0.2.5', 0, 'a')).to.equal(10);
    expect(arrive('192.0.2.6', 0, 'b')).to.equal(10);
    expect(arrive('192.0.2.5', 4 * MINUTE_MS, 'a')).to.equal(6);
    expect(arrive('192.0.2.5', 10 * MINUTE_MS, 'a')).to.equal(0);
    expect(arrive('192.0.2.6', 10 * MINUTE_MS, 'b')).to.equal(10);
    expect(arrive('192.0.2.6', 20 * MINUTE_MS, 'b')).to.equal(0);
    expect(arrive('192.0.2.7', 20 * MINUTE_MS, 'c')).to.equal(40);
  });

  it('takes a /48 of IPv6 for one network', () => {
    const waits = [1, 2, 3, 4, 5].map((number) => arrive(`2001:db8:7:${number}::1`, 0));
    expect(waits.at(-1)).to.equal(10);
    expect(arrive('2001:db8:8::1', 0)).to.equal(0);
  });

  it('heeds a crowd in a /16, and never has anybody wait for more than a day', () => {
    for (let number = 0; number < 32; number++) expect(arrive(`10.9.${number}.1`, 0)).to.equal(0);
    expect(arrive('10.9.99.1', 0)).to.equal(10);
    for (let number = 0; number < 20; number++) admission.admit(`x${number}`, '192.0.2.1', 0);
    expect(arrive('192.0.2.1', 0)).to.equal(24 * 60);
  });
});
