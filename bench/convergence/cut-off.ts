// Two nodes that are cut off from everybody but their clients for a while, and what those clients see afterwards.

import { setTimeout as sleep } from 'node:timers/promises';
import { CuttableProxy } from '../../test/helpers/cuttable-proxy.ts';
import { TemporaryFolder } from '../../test/helpers/temporary-folder.ts';
import { announce } from '../../test/helpers/test-client.ts';
import { freePort } from '../shared/free-port.ts';
import { elapsed, Network, NODE_FLAGS, type Torrent } from './network.ts';
import { Role } from './role.ts';
import type { Measurement } from './samples.ts';
import { isFound } from './sharing.ts';
import type { Times } from './times.ts';

const TORRENTS = 4;
const LIMIT_MS = 120_000;
const FIRST_PORT = 4000;
const NODES = 2;
/** Longer than any cut: no copies are to be made for nodes that are away. */
const SUPERNODE_FLAGS = ['--dead-after', '1d'];

/** Both nodes hear of a peer in each torrent during each cut, and tell each other when it is over. */
export async function measureCut({ cutsMs }: Times): Promise<Measurement> {
  const lines = await Promise.all(Array.from({ length: NODES }, () => CuttableProxy.start()));
  const network = await startBehind(lines);
  try {
    const torrents = await network.plantMany(TORRENTS);
    const allFound = (port: number): Promise<number[]> =>
      Promise.all(torrents.flatMap((torrent) => bothWays(network, torrent, port).map((one) => found(one))));
    await enterAll(network, torrents, FIRST_PORT);
    await allFound(FIRST_PORT);
    const samplesMs: number[] = [];
    for (const [index, cutMs] of cutsMs.entries()) {
      const port = FIRST_PORT + NODES * (index + 1);
      for (const line of lines) line.cut();
      await enterAll(network, torrents, port);
      await sleep(cutMs);
      for (const line of lines) line.heal();
      samplesMs.push(...(await allFound(port)));
    }
    const event = 'a peer is in answers of another carrier after a cut';
    return { event, target: { text: '≤ 15 s', p99Ms: 15_000 }, samplesMs, dependsOn: [] };
  } finally {
    await network.stop();
    await Promise.all(lines.map((line) => line.close()));
  }
}

async function startBehind(lines: readonly CuttableProxy[]): Promise<Network> {
  const folder = new TemporaryFolder();
  const supernode = await Role.start('supernode', folder.at('supernode'), SUPERNODE_FLAGS);
  const nodes: Role[] = [];
  for (const [index, line] of lines.entries()) {
    line.targetPort = await freePort();
    const flags = [...NODE_FLAGS, '--supernode', supernode.baseUrl, '--public-url', line.url];
    nodes.push(await Role.start('node', folder.at(`node-${index}`), flags, line.targetPort));
  }
  const network = new Network([supernode], nodes, folder);
  await network.settled();
  return network;
}

/** A peer of one node that clients of the other look for. */
interface Crossing {
  readonly torrent: Torrent;
  readonly port: number;
}

/** From each of the nodes to the other one; the second node's peer has the port after that of the first's. */
function bothWays({ nodes }: Network, { infoHash }: Torrent, firstPort: number): Crossing[] {
  return [nodes, nodes.toReversed()].map((carriers, way) => ({
    torrent: { infoHash, carriers },
    port: firstPort + way,
  }));
}

async function enterAll(network: Network, torrents: readonly Torrent[], firstPort: number): Promise<void> {
  for (const { torrent, port } of torrents.flatMap((one) => bothWays(network, one, firstPort))) {
    await announce(torrent.carriers[0]!.baseUrl, torrent.infoHash, { port });
  }
}

function found({ torrent, port }: Crossing): Promise<number> {
  const options = { what: 'a peer of the other node', limitMs: LIMIT_MS };
  return elapsed(performance.now(), () => isFound(torrent, port), options);
}
