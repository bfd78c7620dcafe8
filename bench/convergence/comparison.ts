// A supernode whose feed cannot be read, so that only the comparison of all plants brings its plants to another one.

import { setTimeout as sleep } from 'node:timers/promises';
import { CuttableProxy } from '../../test/helpers/cuttable-proxy.ts';
import { TemporaryFolder } from '../../test/helpers/temporary-folder.ts';
import { elapsed, Network } from './network.ts';
import { Role } from './role.ts';
import type { Measurement } from './samples.ts';
import type { Times } from './times.ts';

const FEED_PATH = '/v2/changes';
const LOOK_MS = 200;
/** A comparison is due after an interval and a quarter at most. */
const LIMIT_INTERVALS = 2;
const PLANTING_SHARE = 0.25;

/** Plants now and then, for a part of the time between two comparisons. */
export async function measureComparison({ supernodeFlags, syncIntervalMs, plantEveryMs }: Times): Promise<Measurement> {
  const line = await CuttableProxy.start();
  line.refusedPath = FEED_PATH;
  const network = await startBehind(line, supernodeFlags);
  try {
    const other = network.supernodes[1]!;
    const samples: Promise<number>[] = [];
    const end = performance.now() + syncIntervalMs * PLANTING_SHARE;
    while (performance.now() < end) {
      const { infoHash } = await network.plant();
      const isKnown = async (): Promise<boolean> => (await network.known(other, infoHash)).plants > 0;
      const options = {
        what: 'a plant found by comparing',
        limitMs: LIMIT_INTERVALS * syncIntervalMs,
        everyMs: LOOK_MS,
      };
      const sample = elapsed(performance.now(), isKnown, options);
      // Whoever waits for all samples hears of a failure when the time comes.
      sample.catch(() => undefined);
      samples.push(sample);
      await sleep(plantEveryMs);
    }
    return {
      event: 'a plant is known to a supernode that cannot read the feed',
      target: { text: '≤ 15 min', p99Ms: 900_000 },
      samplesMs: await Promise.all(samples),
      dependsOn: ['--sync-interval'],
    };
  } finally {
    await network.stop();
    await line.close();
  }
}

/** The first supernode is behind the line for the second, and two nodes call it directly. */
async function startBehind(line: CuttableProxy, supernodeFlags: readonly string[]): Promise<Network> {
  const folder = new TemporaryFolder();
  const first = await Role.start('supernode', folder.at('first'), [...supernodeFlags, '--public-url', line.url]);
  line.targetPort = Number(new URL(first.baseUrl).port);
  const second = await Role.start('supernode', folder.at('second'), [...supernodeFlags, '--supernode', line.url]);
  const nodes: Role[] = [];
  for (const name of ['node-0', 'node-1']) {
    const flags = ['--supernode', first.baseUrl, '--supernode', second.baseUrl];
    nodes.push(await Role.start('node', folder.at(name), flags));
  }
  const network = new Network([first, second], nodes, folder);
  await network.settled();
  return network;
}
