// Runs `anatomic status`: how a torrent stands on the network.

import { PublicError } from '../../shared/errors.ts';
import { type Resolve, systemResolve } from '../../shared/http/resolve.ts';
import type { ResolveTxt } from '../../shared/network/dns-supernodes.ts';
import { NETWORK_OPTIONS, readNetworkWish } from '../../shared/network/network-options.ts';
import { readTorrentArgument } from '../../shared/network/torrent-argument.ts';
import { type Clock, systemClock } from '../../shared/platform/clock.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import { printable } from '../../shared/platform/printable.ts';
import { type Random, systemRandom } from '../../shared/platform/random.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { ClientNetwork } from '../network.ts';
import { statusJson, statusText } from './report.ts';
import { statusOf, type TorrentStatus } from './status.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolve: Resolve;
  /** Asks for TXT records; the system's resolver when left out. */
  readonly resolveTxt?: ResolveTxt;
  readonly out: (text: string) => void;
  readonly talk: (text: string) => void;
  /** The folder to look for a network file in. */
  readonly folder: string;
}

interface Failed {
  readonly torrent: string;
  readonly error: string;
}

const MAX_TORRENTS = 1000;
/** Carriers that do not answer are waited for, each time. */
const ASKED_AT_ONCE = 8;

const OPTIONS = defineOptions({
  command: 'anatomic status',
  summary:
    'Tells how torrents stand on the network: which nodes carry them with how many peers, who planted them when, and what is ' +
    'missing. TORRENT is a .torrent, a magnet link or an info hash. Exit code 0: all are carried, 1: at least one is not.',
  positionals: { name: 'TORRENT', min: 1, max: MAX_TORRENTS },
  options: {
    ...NETWORK_OPTIONS,
    timeout: {
      kind: 'duration',
      default: '5s',
      min: '100ms',
      max: '1m',
      group: 'Network',
      help: 'Time for each carrier to answer.',
    },
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

/** Returns the exit code. Throws UsageError for wrong options. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = { ...systemSurroundings(), ...overrides };
  const { out, talk, clock, random, folder, resolveTxt } = surroundings;
  const command = readCommand(OPTIONS, { argv, environment, out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const wish = readNetworkWish(config, environment, { folder, resolveTxt });
  const network = new ClientNetwork(wish, { signer: createSigner(), clock, random });
  try {
    const statuses: (TorrentStatus | Failed)[] = [];
    for (let at = 0; at < positionals.length; at += ASKED_AT_ONCE) {
      const some = positionals.slice(at, at + ASKED_AT_ONCE);
      const asked = some.map((torrent) => ask(torrent, network, { ...surroundings, timeoutMs: config.timeoutMs }));
      for (const status of await Promise.all(asked)) {
        statuses.push(status);
        if (config.json) continue;
        if ('error' in status) talk(`${printable(status.torrent)}\n  failed: ${printable(status.error)}\n`);
        else out(statusText(status, clock.now()));
      }
    }
    if (config.json) out(statusJson(statuses));
    return statuses.every((status) => 'carriers' in status && isCarried(status)) ? 0 : 1;
  } finally {
    await network.close();
  }
}

function systemSurroundings(): Surroundings {
  return {
    clock: systemClock,
    random: systemRandom,
    resolve: systemResolve,
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    folder: process.cwd(),
  };
}

async function ask(
  torrent: string,
  network: ClientNetwork,
  { clock, random, resolve, timeoutMs }: Surroundings & { readonly timeoutMs: number },
): Promise<TorrentStatus | Failed> {
  try {
    const argument = await readTorrentArgument(torrent);
    const reached = await network.reach(argument);
    const { allowNetworks } = reached.source;
    return await statusOf(argument, reached, { clock, random, resolve, timeoutMs, allowNetworks });
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return { torrent, error: error.message };
  }
}

/** Somebody carries it who answers. */
function isCarried({ carriers }: TorrentStatus): boolean {
  return carriers.some(({ state, failure }) => state === 'up' && failure === undefined);
}
