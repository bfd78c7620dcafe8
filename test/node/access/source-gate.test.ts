import { expect } from 'chai';
import { AccessLists } from '../../../node/access/access-lists.ts';
import { NetworkList } from '../../../node/access/network-list.ts';
import { Sources } from '../../../node/access/source-gate.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { parseAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';

const NOW = 1_800_000_000;

function open(clientRate: number, networkRate: number, banned?: string) {
  const lists = new AccessLists();
  if (banned !== undefined) {
    lists.banned = new NetworkList(1, 1);
    lists.banned.addLine(Buffer.from(banned), 0, banned.length);
  }
  const sources = new Sources(lists, { clientRate, networkRate }, seededRandom(1));
  const bytes = new Uint8Array(16);
  return {
    /** How many of so many requests at once are served. */
    served: (address: string, count: number, now = NOW): number => {
      const family = parseAddress(address, bytes) || 4;
      const refusals = Array.from({ length: count }, () => sources.checkRate(bytes, family, now));
      return refusals.filter((refusal) => refusal === undefined).length;
    },
    address: (address: string) => sources.checkAddress(bytes, parseAddress(address, bytes) || 4),
  };
}

describe('node/access/source-gate.ts', () => {
  it('lets everybody in without limits', () => {
    const { served, address } = open(0, 0);
    expect(served('192.0.2.1', 10_000)).to.equal(10_000);
    expect(address('192.0.2.1')).to.equal(undefined);
  });

  it('serves so many requests a minute of one IPv4 address', () => {
    const { served } = open(30, 0);
    expect(served('192.0.2.1', 100)).to.equal(30);
    expect(served('192.0.2.2', 100)).to.equal(30);
    expect(served('192.0.2.1', 100, NOW + 10)).to.equal(5);
  });

  it('takes an IPv6 /64 for one client', () => {
    const { served } = open(30, 0);
    expect(served('2001:db8::1', 20) + served('2001:db8::ffff:2', 20)).to.equal(30);
    expect(served('2001:db8:0:1::1', 100)).to.equal(30);
  });

  it('serves so many requests a minute of an IPv4 /24 and an IPv6 /48', () => {
    const { served } = open(30, 50);
    expect([served('192.0.2.1', 40), served('192.0.2.2', 40), served('192.0.3.1', 40)]).to.deep.equal([30, 20, 30]);
    expect([served('2001:db8::1', 40), served('2001:db8:0:9::', 40)]).to.deep.equal([30, 20]);
    expect(served('2001:db8:1::1', 40)).to.equal(30);
  });

  it('refuses banned addresses for good', () => {
    const { address } = open(0, 0, '192.0.2.0/24');
    expect(address('192.0.2.9')).to.equal(REFUSALS.forbiddenAddress);
    expect(address('192.0.3.9')).to.equal(undefined);
  });
});
