// Everything is restarted, one after the other, while clients announce: an upgrade that nobody notices.

import { setInterval } from 'node:timers/promises';
import { expect } from 'chai';
import { ListClient } from '../helpers/list-client.ts';
import { announce } from '../helpers/test-client.ts';
import { type PlantedReport, TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

/** Stands for a second: supernodes ping as much more often than every 5 s. */
const SECOND_MS = 10;
const PROBE_FLAGS = ['--probe-interval', `${5 * SECOND_MS}ms`];

describe('a rolling restart', () => {
  let network: TestNetwork;
  let planted: PlantedReport[];

  before(async () => {
    network = await TestNetwork.create({ nodes: 6, supernodes: 3, supernodeFlags: PROBE_FLAGS });
    const plans = [[], [], [], ['--portable']];
    planted = await Promise.all(
      plans.map((flags, index) => {
        const file = network.folder.write(`file-${index}`, `what is to be shared, ${index}`);
        return network.plant(file, ['--copies', '2', ...flags], network.supernodes);
      }),
    );
    for (const { baseUrl } of network.supernodes) await until(() => sendsOn(baseUrl), { what: 'redirects' });
  });
  after(() => network?.stop());

  /** Whether a supernode sends clients of all torrents on to somebody who answers. */
  async function sendsOn(baseUrl: string): Promise<boolean> {
    const answers = planted.map(({ infoHash }) => announce(baseUrl, infoHash, { port: 1999, event: 'stopped' }));
    return (await Promise.allSettled(answers)).every(({ status }) => status === 'fulfilled');
  }

  /** All clients announce every scaled second until the restarts are over. */
  async function announceDuring(clients: readonly ListClient[], restarts: Promise<void>): Promise<void> {
    const end = new AbortController();
    const announcing = clients.map(async (client) => {
      for await (const _ of setInterval(SECOND_MS)) {
        if (end.signal.aborted) return;
        await client.announce();
      }
    });
    await restarts.finally(() => end.abort());
    await Promise.all(announcing);
  }

  it('is never seen by a client that announces every second by the list of its file', async () => {
    const restartAll = async (): Promise<void> => {
      for (const node of network.nodes) {
        await node.stop();
        await (await node.startAgain()).ready;
      }
      for (const supernode of network.supernodes) {
        await supernode.stop();
        await supernode.startAgain();
        await until(() => sendsOn(supernode.baseUrl), { what: 'redirects by the supernode that is back' });
      }
    };
    const clients = planted.map(({ trackers, infoHash }, index) => new ListClient(trackers, infoHash, 2000 + index));
    await announceDuring(clients, restartAll());
    for (const [index, { announces, failures, detours }] of clients.entries()) {
      const said = `${announces} announces, ${failures.length} failed, ${detours.length} URLs tried in vain`;
      console.log(`      client ${index + 1}: ${said}`);
      expect(announces).to.be.above(10);
      expect(failures).to.deep.equal([]);
    }
  });
});
