// Peers shared between nodes over real sockets: what is announced at one is found at the others, and stays so when
// connections, nodes and clocks fail.

import { expect } from 'chai';
import { announce } from '../helpers/test-client.ts';
import { type PlantedReport, TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

describe('sharing peers between three nodes', function () {
  this.timeout(30_000);
  let network: TestNetwork;
  let planted: PlantedReport;

  before(async () => {
    network = await TestNetwork.create({ nodes: 3, supernodes: 1 });
    planted = await network.plant(network.folder.write('some-file', 'what is to be shared'), ['--copies', '3']);
  });
  after(() => network?.stop());

  it('has a peer that announced at one found through the others within a second', async () => {
    const [a, b, c] = network.nodes.map(({ baseUrl }) => baseUrl);
    await announce(a!, planted.infoHash, { port: 2001 });
    const begun = performance.now();
    const seenAt = async (baseUrl: string, port: number): Promise<number> => {
      await until(async () => (await announce(baseUrl, planted.infoHash, { port })).ports.includes(2001));
      return performance.now() - begun;
    };
    const lagsMs = await Promise.all([seenAt(b!, 2002), seenAt(c!, 2003)]);
    console.log(`      visible after ${lagsMs.map((lagMs) => lagMs.toFixed(0)).join(' and ')} ms, target 1000 ms`);
    expect(Math.max(...lagsMs)).to.be.below(1000);
  });
});
