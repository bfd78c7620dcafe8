import { expect } from 'chai';
import fc from 'fast-check';
import { NetworkList } from '../../../node/access/network-list.ts';
import { formatAddress, parseAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';

function add(list: NetworkList, text: string): boolean {
  const bytes = Buffer.from(text, 'latin1');
  return list.addLine(bytes, 0, bytes.length);
}

function has(list: NetworkList, text: string): boolean {
  const bytes = new Uint8Array(16);
  const family = parseAddress(text, bytes);
  if (family === 0) throw new Error(`${text} is no address`);
  return list.has(bytes, family);
}

function listOf(...lines: string[]): NetworkList {
  const list = new NetworkList(lines.length, 3);
  for (const line of lines) expect(add(list, line), line).to.equal(true);
  return list;
}

describe('node/access/network-list.ts', () => {
  it('has single addresses and networks of both families', () => {
    const list = listOf('192.0.2.7', '198.51.100.0/24', '2001:db8::1', '2001:db8:1::/48', '::ffff:203.0.113.9');
    const inside = ['192.0.2.7', '198.51.100.0', '198.51.100.255', '2001:db8::1', '2001:db8:1:ffff::', '203.0.113.9'];
    const outside = ['192.0.2.6', '198.51.101.0', '2001:db8::2', '2001:db8:2::', '203.0.113.8', '::'];
    for (const address of inside) expect(has(list, address), address).to.equal(true);
    for (const address of outside) expect(has(list, address), address).to.equal(false);
    expect(list.count).to.equal(5);
  });

  it('has everything of a family in a prefix of no bits, and nothing of the other', () => {
    const list = listOf('0.0.0.0/0');
    expect([has(list, '255.1.2.3'), has(list, '::')]).to.deep.equal([true, false]);
    expect(has(listOf('::/0'), 'ff::1')).to.equal(true);
  });

  it('refuses what is no network', () => {
    const list = new NetworkList(9, 1);
    for (const line of ['', 'x', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '::/129', '1.2.3.4 5', `${'1'.repeat(70)}`]) {
      expect(add(list, line), line).to.equal(false);
    }
    expect(list.count).to.equal(0);
  });

  it('agrees with the plain set of networks, for addresses near and far', () => {
    // Few values for each byte, so that networks and addresses meet.
    const byte = fc.constantFrom(0, 1, 0x80, 0xff);
    const address4 = fc.array(byte, { minLength: 4, maxLength: 4 });
    const address6 = fc.array(byte, { minLength: 16, maxLength: 16 }).map((bytes) => [0x20, ...bytes.slice(1)]);
    const address = fc.oneof(address4, address6).map((bytes) => Uint8Array.from(bytes));
    const network = fc
      .tuple(address, fc.nat(128))
      .map(([bytes, bits]) => `${formatAddress(bytes, bytes.length === 4 ? 4 : 6)}/${bits % (8 * bytes.length + 1)}`);
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 12 }),
        fc.array(address, { minLength: 1, maxLength: 20 }),
        (lines, asked) => {
          const list = listOf(...lines);
          const model = new NetworkSet(lines);
          for (const bytes of asked) {
            const text = formatAddress(bytes, bytes.length === 4 ? 4 : 6);
            expect(has(list, text), text).to.equal(model.has(text));
          }
        },
      ),
    );
  });
});
