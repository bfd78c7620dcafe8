// Runs `anatomic plant`: reads the options, plants every path, tells what came of it.

import { UsageError } from '../shared/errors.ts';
import { isLink } from '../shared/network/torrent-argument.ts';
import { readCommand } from '../shared/platform/command.ts';
import { Interrupt } from '../shared/platform/interrupt.ts';
import type { Environment } from '../shared/platform/user-directories.ts';
import { plantAll } from './batch.ts';
import { type PlanterConfig, planterOptions } from './config.ts';
import { readCreateWish } from './create/options.ts';
import type { PlantWish } from './plant.ts';
import { plantedJson, plantedText, summaryText } from './report.ts';
import { prepare, type Surroundings, surround, type Tools } from './surroundings.ts';
import { plantInTerminal } from './wizard/terminal.ts';

/** Returns the exit code: 0 when every path was planted, else 1. Throws UsageError for wrong options. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides, environment);
  const command = readCommand(planterOptions, { argv, environment, out: surroundings.out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const isWizard = positionals.length === 0 && surroundings.isTerminal && !config.json;
  if (!isWizard) checkPaths(positionals, config);
  else if (config.output !== undefined) throw new UsageError('--output is for a PATH that is named');
  const wish = wishOf(config);
  if (config.private)
    surroundings.talk('warning: private keeps nobody out here: anybody may announce to what is planted\n');
  const tools = prepare(config, environment, surroundings);
  try {
    if (!config.freshKey) await tools.keys.own();
    if (isWizard) return await plantInTerminal(wish, tools, environment, surroundings, networkFlags(config));
    return await plantPaths(positionals, wish, config, tools, surroundings);
  } finally {
    await tools.close();
  }
}

function checkPaths(paths: readonly string[], { output }: PlanterConfig): void {
  if (paths.length === 0) throw new UsageError('PATH is missing');
  if (output === undefined) return;
  if (paths.length > 1) throw new UsageError('--output is for a single PATH');
  if (isLink(paths[0]!)) throw new UsageError('--output: a magnet link or info hash is planted without a file');
}

async function plantPaths(
  paths: readonly string[],
  wish: PlantWish,
  config: PlanterConfig,
  tools: Tools,
  { clock, out, talk, isTalkSeen }: Surroundings,
): Promise<number> {
  using interrupt = paths.length > 1 ? new Interrupt() : undefined;
  interrupt?.signal.addEventListener('abort', () =>
    talk('coming to an end with what was begun: Ctrl-C ends at once\n'),
  );
  const options = { jobs: config.jobs, isResumed: config.resume, clock, talk, isTalkSeen };
  const outcomes = await plantAll(paths, wish, tools, {
    ...options,
    ...(interrupt === undefined ? {} : { signal: interrupt.signal }),
  });
  out(config.json ? plantedJson(outcomes) : plantedText(outcomes));
  if (outcomes.length > 1) talk(summaryText(outcomes));
  return outcomes.some((outcome) => 'error' in outcome) ? 1 : 0;
}

/** Has another command look for the same network. */
function networkFlags({ supernode, network, allowNetwork, dht, dhtBootstrap }: PlanterConfig): string[] {
  const repeat = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  return [
    ...repeat('--supernode', supernode),
    ...repeat('--network', network),
    ...repeat('--allow-network', allowNetwork),
    ...(dht ? ['--dht'] : []),
    ...repeat('--dht-bootstrap', dhtBootstrap),
  ];
}

/** What all paths have in common. */
function wishOf(config: PlanterConfig): PlantWish {
  return {
    copies: config.copies,
    output: config.output,
    isPortable: config.portable,
    // Who makes it private here knows that it is.
    allowsPrivate: config.allowPrivate || config.private,
    hasFreshKey: config.freshKey,
    create: readCreateWish(config),
  };
}
