// Runs `anatomic check`: reads the options, checks, reports.

import { type Resolve, systemResolve } from '../../shared/http/resolve.ts';
import { type Clock, systemClock } from '../../shared/platform/clock.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { type Random, systemRandom } from '../../shared/platform/random.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import { checkTrackers } from './check.ts';
import { type CheckConfig, checkOptions, readInfoHash, readUrls } from './config.ts';
import { reportJson, reportText } from './report.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolve: Resolve;
  readonly out: (text: string) => void;
}

const FAMILIES = { '4': [4], '6': [6], both: [4, 6] } as const;

/** Returns the exit code: 0 when every tracker is usable, else 1. Throws a UsageError. */
export async function main(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const { out, ...world } = { ...systemSurroundings(), ...overrides };
  const command = readCommand(checkOptions, { argv, environment, out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const question = { urls: readUrls(positionals), families: FAMILIES[config.family] };
  const result = await checkTrackers(question, { ...world, ...wishes(config, world.random) });
  out(config.json ? reportJson(result) : reportText(result));
  return result.trackers.every(({ isUsable }) => isUsable) ? 0 : 1;
}

function systemSurroundings(): Surroundings {
  return {
    clock: systemClock,
    random: systemRandom,
    resolve: systemResolve,
    out: (text) => process.stdout.write(text),
  };
}

function wishes(config: CheckConfig, random: Random) {
  const { timeoutMs, numwant, allowNetwork: allowNetworks } = config;
  const named = readInfoHash(config);
  const infoHash = named ?? random.bytes(INFO_HASH_BYTES).toString('hex');
  return { timeoutMs, numwant, allowNetworks, infoHash, isRandomHash: named === undefined };
}
