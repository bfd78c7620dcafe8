// Supernodes and nodes of this project on loopback, in this process.

import { nodeOptions } from '../../node/config.ts';
import { type NodeService, startNode } from '../../node/service.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { supernodeOptions } from '../../supernode/config.ts';
import { type SupernodeService, startSupernode } from '../../supernode/service.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

export interface RunningNetwork {
  readonly nodes: readonly NodeService[];
  readonly supernodes: readonly SupernodeService[];
  stop(): Promise<void>;
}

/** Resolves when every node has joined. */
export async function startNetwork(nodeCount: number, supernodeCount: number): Promise<RunningNetwork> {
  const folder = new TemporaryFolder();
  const nodes: NodeService[] = [];
  const supernodes: SupernodeService[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...nodes, ...supernodes].map((service) => service.stop()));
    folder.remove();
  };
  const common = (name: string): string[] => [
    ...['--host', '127.0.0.1', '--http-port', '0', '--allow-network', '127.0.0.0/8', '--log-level', 'silent'],
    ...['--data-directory', folder.at(name)],
    ...supernodes.flatMap(({ baseUrl }) => ['--supernode', baseUrl]),
  ];
  try {
    for (let index = 0; index < supernodeCount; index++) {
      const parsed = parseOptions(supernodeOptions, { argv: common(`supernode-${index}`), env: {} });
      if (parsed.kind === 'config') supernodes.push(await startSupernode(parsed.config));
    }
    for (let index = 0; index < nodeCount; index++) {
      const argv = [...common(`node-${index}`), '--udp-port', '0'];
      const parsed = parseOptions(nodeOptions, { argv, env: {} });
      if (parsed.kind === 'config') nodes.push(await startNode(parsed.config));
    }
    await Promise.all(nodes.map((node) => node.ready));
    return { nodes, supernodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
