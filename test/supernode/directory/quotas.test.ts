import { expect } from 'chai';
import {
  ALLOCATIONS_PER_NETWORK,
  PLANTS_PER_KEY,
  PLANTS_PER_NETWORK,
  Quotas,
  REGISTRATIONS_PER_NETWORK,
  RENEWALS_PER_KEY,
} from '../../../supernode/directory/quotas.ts';

describe('supernode/directory/quotas.ts', () => {
  let quotas: Quotas;
  beforeEach(() => {
    quotas = new Quotas();
  });
  const plant = (count: number, key: (n: number) => string, address: (n: number) => string, now = 0): number => {
    let taken = 0;
    for (let n = 0; n < count; n++) if (quotas.takePlant(key(n), address(n), now)) taken++;
    return taken;
  };

  it('bounds what one key plants, wherever it calls from', () => {
    const anywhere = (n: number): string => `10.${(n >> 8) & 255}.${n & 255}.1`;
    expect(plant(PLANTS_PER_KEY.burst + 10, () => 'key', anywhere)).to.equal(PLANTS_PER_KEY.burst);
    expect(plant(PLANTS_PER_KEY.perMinute + 10, () => 'key', anywhere, 60_000)).to.equal(PLANTS_PER_KEY.perMinute);
    expect(plant(1, () => 'other', anywhere)).to.equal(1);
  });

  it('bounds what one network plants, however many keys it has', () => {
    const near = (n: number): string => `192.0.2.${n & 255}`;
    const { burst } = PLANTS_PER_NETWORK;
    expect(plant(burst + 10, (n) => `key ${n}`, near)).to.equal(burst);
    expect(
      plant(
        1,
        () => 'key',
        () => '198.51.100.1',
      ),
    ).to.equal(1);
  });

  it('bounds newer records as well, apart from first ones', () => {
    const renew = (count: number): number => {
      let taken = 0;
      for (let n = 0; n < count; n++) if (quotas.takeRenewal('key', '192.0.2.1', 0)) taken++;
      return taken;
    };
    expect(renew(RENEWALS_PER_KEY.burst + 10)).to.equal(RENEWALS_PER_KEY.burst);
    expect(quotas.takePlant('key', '192.0.2.1', 0)).to.equal(true);
  });

  it('says when the next call that registers may be made', () => {
    const { burst, perMinute } = REGISTRATIONS_PER_NETWORK;
    for (let n = 0; n < burst; n++) expect(quotas.takeRegistration(`192.0.2.${n & 255}`, 0)).to.equal(0);
    expect(quotas.takeRegistration('192.0.2.1', 0)).to.equal(60 / perMinute);
    expect(quotas.takeRegistration('198.51.100.1', 0)).to.equal(0);
  });

  it('says when the next allocation may be had', () => {
    for (let n = 0; n < ALLOCATIONS_PER_NETWORK.burst; n++) expect(quotas.takeAllocation('192.0.2.1', 0)).to.equal(0);
    expect(quotas.takeAllocation('192.0.2.2', 0)).to.be.above(0);
    expect(quotas.takeAllocation('192.0.2.2', 1000)).to.equal(0);
  });
});
