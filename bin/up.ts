// `anatomic up`: a whole network on this machine. Every role is a process of its own, as it would be on machines of
// their own: one can be killed to see that the others go on.

import { join, relative } from 'node:path';
import { UsageError } from '../shared/errors.ts';
import { readCommand } from '../shared/platform/command.ts';
import { makeFolder, writeAtomically } from '../shared/platform/files.ts';
import { runService } from '../shared/platform/lifecycle.ts';
import { createLog, LOG_LEVELS } from '../shared/platform/log.ts';
import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import type { Environment } from '../shared/platform/user-directories.ts';
import { RoleProcess } from './role-process.ts';

const MAX_ROLES = 64;
const MAX_PORT = 65_535;
const HOST = '127.0.0.1';
const DEFAULT_DIRECTORY = './data';
/** Longer than the grace of a role, so that each can drain by itself. */
const GRACE_MS = 20_000;

const UP_OPTIONS = defineOptions({
  command: 'anatomic up',
  summary: 'Runs a whole network on the loopback address of this machine: nodes and supernodes that know each other.',
  options: {
    nodes: { kind: 'integer', min: 1, max: MAX_ROLES, default: 3, help: 'How many nodes (trackers) to run.' },
    supernodes: { kind: 'integer', min: 1, max: MAX_ROLES, default: 2, help: 'How many supernodes to run.' },
    directory: {
      kind: 'path',
      default: DEFAULT_DIRECTORY,
      help: 'Where everything is kept; a second start goes on with it.',
    },
    port: {
      kind: 'port',
      default: 6969,
      help: 'Port of the first node; the others follow, then the supernodes. 0 takes free ones.',
    },
    logLevel: {
      kind: 'choice',
      choices: LOG_LEVELS,
      default: 'warn',
      help: 'The least important messages that the roles log.',
    },
  },
});

type UpConfig = ConfigOf<typeof UP_OPTIONS>;

/** Runs until it is asked to stop. Returns the exit code. */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  const command = readCommand(UP_OPTIONS, { argv, environment, out: (text) => process.stdout.write(text) });
  if (command === undefined) return 0;
  const { config } = command;
  checkPorts(config);
  const log = createLog({ level: config.logLevel, role: 'up' });
  return runService((asked) => startNetwork(config, asked), { graceMs: GRACE_MS, log });
}

function checkPorts({ port, nodes, supernodes }: UpConfig): void {
  const last = port + nodes + supernodes - 1;
  if (port !== 0 && last > MAX_PORT) throw new UsageError(`--port ${port}: ${last}, the last that is needed, is none`);
}

/** Ends what it has started and throws the signal's reason when it is asked to stop before all are ready. */
async function startNetwork(config: UpConfig, asked: AbortSignal): Promise<{ stop(): Promise<void> }> {
  const failed = new AbortController();
  const ending = AbortSignal.any([asked, failed.signal]);
  const supernodes: RoleProcess[] = [];
  const nodes: RoleProcess[] = [];
  // Nodes first: what is still announced while the network goes down is answered or refused, never redirected into nothing.
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(supernodes.map((supernode) => supernode.stop()));
  };
  try {
    for (let number = 1; number <= config.supernodes; number += 1) {
      const port = config.port === 0 ? 0 : config.port + config.nodes + number - 1;
      supernodes.push(await startRole('supernode', number, port, config, baseUrls(supernodes), ending));
    }
    for (let number = 1; number <= config.nodes; number += 1) {
      const port = config.port === 0 ? 0 : config.port + number - 1;
      nodes.push(await startRole('node', number, port, config, baseUrls(supernodes), ending));
    }
    await Promise.all([...supernodes, ...nodes].map((role) => role.ready));
    asked.throwIfAborted();
    await writeNetworkFile(config.directory, baseUrls(supernodes), baseUrls(nodes));
  } catch (error) {
    failed.abort();
    await stop();
    throw asked.aborted ? asked.reason : error;
  }
  process.stderr.write(introduction(config, supernodes, nodes));
  process.stdout.write('ready\n');
  return { stop };
}

function startRole(
  role: 'node' | 'supernode',
  number: number,
  port: number,
  config: UpConfig,
  supernodeUrls: readonly string[],
  asked: AbortSignal,
): Promise<RoleProcess> {
  const place = [
    '--host',
    HOST,
    '--http-port',
    `${port}`,
    '--data-directory',
    join(config.directory, `${role}-${number}`),
  ];
  const network = ['--allow-network', '127.0.0.0/8', ...supernodeUrls.flatMap((url) => ['--supernode', url])];
  const settings = [...place, ...network, '--log-level', config.logLevel];
  return RoleProcess.start({ role, number, args: settings, asked, print: (line) => process.stdout.write(`${line}\n`) });
}

/** The file in which `anatomic plant`, started in the same folder, finds this network. */
async function writeNetworkFile(
  directory: string,
  supernodes: readonly string[],
  nodes: readonly string[],
): Promise<void> {
  makeFolder(directory);
  const file = join(directory, 'network.json');
  await writeAtomically(file, `${JSON.stringify({ supernodes, nodes }, null, 2)}\n`);
}

function introduction(config: UpConfig, supernodes: readonly RoleProcess[], nodes: readonly RoleProcess[]): string {
  const rows = [...nodes, ...supernodes].map(
    ({ name, baseUrl, pid }) => `  ${name.padEnd(12)} ${baseUrl}  (pid ${pid})\n`,
  );
  const isDefault = relative(DEFAULT_DIRECTORY, config.directory) === '';
  const hint = isDefault ? '' : ` --supernode ${supernodes[0]?.baseUrl}`;
  return `
The network is up, its data in ${config.directory}:
${rows.join('')}
Plant a file, a folder or a .torrent:   npx anatomic plant FILE${hint}
Then open the .torrent it writes with any BitTorrent client. Ctrl-C stops the network.
`;
}

function baseUrls(roles: readonly RoleProcess[]): string[] {
  return roles.map(({ baseUrl }) => baseUrl);
}
