// Nodes in several networks, by their real addresses: those of one /24 (IPv6: /48) fail together, so they do not carry the
// same torrent while others are there.

import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Id } from '../../shared/protocol/records/record.ts';
import { hasNamespaces, need } from '../helpers/needs.ts';
import { LabNetwork } from './lab-network.ts';

/** By what they have in common: the first two share a /24, the first three a /16, the last two a /48. */
const NODES = [
  { address: '10.1.1.1', address6: 'fd77:11::1', network: '10.1.1' },
  { address: '10.1.1.2', address6: 'fd77:12::1', network: '10.1.1' },
  { address: '10.1.2.1', address6: 'fd77:13::1', network: '10.1.2' },
  { address: '10.2.1.1', address6: 'fd77:1:1::1', network: 'fd77:1:1', isIpv6: true },
  { address: '10.3.1.1', address6: 'fd77:1:1::2', network: 'fd77:1:1', isIpv6: true },
];
const ALLOCATIONS = 64;

describe('nodes in several networks', () => {
  let network: LabNetwork;

  before(async function () {
    need(this, hasNamespaces(), 'root, for network namespaces');
    network = await LabNetwork.start({
      supernodes: [{ address: '10.9.9.1', address6: 'fd77:9::1' }],
      nodes: NODES,
      visitor: { address: '10.9.9.9', address6: 'fd77:9::9' },
      supernodeFlags: ['--probe-interval', '200ms'],
    });
  });
  after(() => network?.[Symbol.asyncDispose]());

  const networkOf = (id: Id): string => NODES[network.nodes.findIndex((node) => node.id === id)]!.network;
  /** The networks of the nodes that are to carry so many copies of each of many torrents, the spares left out. */
  const allocations = async (copies: number): Promise<string[][]> => {
    const [{ baseUrl, id } = { baseUrl: '', id: '' }] = network.supernodes;
    const asked = Array.from({ length: ALLOCATIONS }, (_, index) => {
      const infoHash = createHash('sha1').update(`torrent ${index}`).digest('hex');
      return network.planter.supernodes.allocate(baseUrl, id, { infoHash, copies });
    });
    return (await Promise.all(asked)).map(({ allocation }) => allocation.value.nodes.slice(0, copies).map(networkOf));
  };

  it('carry two copies in networks that have nothing in common, IPv4 and IPv6 here', async () => {
    for (const networks of await allocations(2)) {
      expect(networks).to.include('fd77:1:1');
      expect(new Set(networks).size).to.equal(2);
    }
  });

  it('carry three copies in three networks, never two in one /24 or /48', async () => {
    for (const networks of await allocations(3)) {
      expect(networks).to.have.members(['10.1.1', '10.1.2', 'fd77:1:1']);
    }
  });

  it('share a network when there are no others left', async () => {
    for (const networks of await allocations(5)) {
      expect(networks).to.have.length(5);
      expect(networks.slice(0, 3)).to.have.members(['10.1.1', '10.1.2', 'fd77:1:1']);
    }
  });

  it('take and serve what was allocated, over IPv4 and over IPv6', async () => {
    const three = await network.planter.plant(network.supernodes[0]!, 'on three nodes', 3);
    expect(three.carriers.map(({ id }) => networkOf(id))).to.have.members(['10.1.1', '10.1.2', 'fd77:1:1']);
    expect(await network.servedBy(three.infoHash)).to.have.length(3);
    const five = await network.planter.plant(network.supernodes[0]!, 'on all nodes', 5);
    expect(await network.servedBy(five.infoHash)).to.have.length(5);
  });
});
