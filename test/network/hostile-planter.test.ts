// Planters that flood a supernode and its nodes, and want what others have planted away, while an honest one plants.

import { expect } from 'chai';
import { createGuard } from '../../shared/http/guard.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { FloodingPlanter, type Target } from '../helpers/flooding-planter.ts';
import { LonePlanter } from '../helpers/lone-planter.ts';
import { announce } from '../helpers/test-client.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

const CALLS = 10;

describe('a planter that floods', () => {
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  const flooder = new FloodingPlanter(guard);
  const planter = new LonePlanter(guard);
  let network: TestNetwork;
  let supernode: Target;
  let node: Target;

  before(async () => {
    network = await TestNetwork.create({ nodes: 2, supernodes: 1, nodeFlags: ['--max-torrents', '1000'] });
    const targets = [...network.supernodes, ...network.nodes];
    [supernode, node] = targets.map(({ baseUrl, service }) => ({ baseUrl, id: service.id })) as [Target, Target];
  });
  after(async () => {
    await network?.stop();
    await guard.close();
  });

  const health = async ({ baseUrl }: Target): Promise<{ planted: number; carried: number }> =>
    (await fetch(`${baseUrl}/health`)).json() as Promise<{ planted: number; carried: number }>;
  const plantHonestly = async (name: string): Promise<InfoHash> => {
    const { infoHash, carriers } = await planter.plant(supernode, name, 2);
    for (const { baseUrl } of carriers) await announce(baseUrl, infoHash, { port: 2000 });
    const { items } = await planter.supernodes.lookup(supernode.baseUrl, [infoHash]);
    expect(items[0]!.carriers).to.have.length(2);
    return infoHash;
  };

  it('fills no supernode with what nobody carries, under one key or many, and holds nobody up', async () => {
    const floods = [
      flooder.registerInvented(supernode, CALLS),
      flooder.registerInvented(supernode, CALLS, createSigner()),
    ];
    await plantHonestly('planted while others flood');
    for (const flood of floods) expect([...(await flood)]).to.deep.equal(['no-carrier']);
    expect((await health(supernode)).planted).to.equal(1);
  });

  it('fills no node with what was not allocated to it, or with an allocation of another torrent', async () => {
    const infoHash = 'ab'.repeat(20);
    const { allocation } = await flooder.supernodes.allocate(supernode.baseUrl, supernode.id, { infoHash, copies: 2 });
    const flood = flooder.plantElsewhere(node, allocation.record.bytes, CALLS);
    await plantHonestly('planted on a node that others flood');
    expect([...(await flood)]).to.deep.equal(['no-allocation']);
    expect((await health(supernode)).carried).to.equal(2);
  });

  it('uproots nothing that another key has planted, at nodes or supernodes', async () => {
    const infoHash = await plantHonestly('somebody else wants it away');
    const plants = [flooder.plant(infoHash, createSigner(), 0)];
    const atSupernode = await flooder.supernodes.register(supernode.baseUrl, supernode.id, { plants, receipts: [] });
    expect(atSupernode.items[0]).to.include({ status: 'refused', code: 'not-planted' });
    const atNode = await flooder.nodes.plant(node.baseUrl, node.id, { plants, allocations: [], carriers: [] });
    expect(atNode.items[0]).to.include({ status: 'refused', code: 'not-planted' });
    await until(
      async () => (await planter.supernodes.lookup(supernode.baseUrl, [infoHash])).items[0]!.plants.length === 1,
    );
    await announce(node.baseUrl, infoHash, { port: 2001 });
  });
});
