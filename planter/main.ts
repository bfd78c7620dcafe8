// Runs `anatomic plant`: reads the options, plants one path after the other, tells what came of it.

import { join } from 'node:path';
import { PublicError, UsageError } from '../shared/errors.ts';
import { recallSupernodes, rememberSupernodes } from '../shared/network/supernode-memory.ts';
import { type SupernodeSource, supernodeSources } from '../shared/network/supernode-sources.ts';
import { type Clock, systemClock } from '../shared/platform/clock.ts';
import { loadOrCreateSigner } from '../shared/platform/keys.ts';
import { parseOptions } from '../shared/platform/options.ts';
import { type Random, systemRandom } from '../shared/platform/random.ts';
import { configDirectory, type Environment, stateDirectory } from '../shared/platform/user-directories.ts';
import { parseBaseUrl } from '../shared/protocol/message-fields.ts';
import type { Signer } from '../shared/protocol/record.ts';
import { type PlanterConfig, planterOptions } from './config.ts';
import { connect, type Identity, type PlantNetwork } from './network.ts';
import { type PlantTools, plant } from './plant.ts';
import { createVoice, type Outcome, plantedJson, plantedText, summaryText } from './report.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Data. */
  readonly out: (text: string) => void;
  /** Talk. */
  readonly talk: (text: string) => void;
  /** The folder to look for a network file in. */
  readonly folder: string;
  readonly connect: (sources: readonly SupernodeSource[], identity: Identity) => Promise<PlantNetwork>;
}

/** What planting takes but for the voice, of which each path has its own. */
type PathTools = Omit<PlantTools, 'voice'>;

/** Returns the exit code: 0 when every path was planted, else 1. Throws UsageError for wrong options. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings: Surroundings = {
    clock: systemClock,
    random: systemRandom,
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    folder: process.cwd(),
    connect,
    ...overrides,
  };
  const parsed = parseOptions(planterOptions, { argv, env: environment });
  if (parsed.kind !== 'config') {
    surroundings.out(parsed.text);
    return 0;
  }
  const { config, positionals } = parsed;
  if (config.output !== undefined && positionals.length > 1) throw new UsageError('--output is for a single PATH');
  const tools = await prepare(config, environment, surroundings);
  const outcomes = await plantAll(positionals, config, tools, surroundings.talk);
  surroundings.out(config.json ? plantedJson(outcomes) : plantedText(outcomes));
  if (outcomes.length > 1) surroundings.talk(summaryText(outcomes));
  return outcomes.every((outcome) => 'planted' in outcome) ? 0 : 1;
}

async function prepare(
  config: PlanterConfig,
  environment: Environment,
  { clock, random, talk, folder, connect }: Surroundings,
): Promise<PathTools> {
  const signer = await loadKey(config.key ?? join(configDirectory(environment), 'planter.pem'));
  const memory = join(stateDirectory(environment), 'supernodes.json');
  const { supernode, allowNetwork: allowNetworks } = config;
  const named = supernode.map(readSupernode);
  return {
    signer,
    clock,
    random,
    connect: async (hinted) => {
      const remembered = await recallSupernodes(memory);
      const sources = await supernodeSources({ named, allowNetworks, hinted, remembered, folder });
      return connect(sources, { signer, clock, random });
    },
    remember: async (supernodes) => {
      await rememberSupernodes(memory, supernodes).catch((error: Error) =>
        talk(`  warning: ${memory}: ${error.message}\n`),
      );
    },
  };
}

function readSupernode(url: string): string {
  try {
    return parseBaseUrl(url);
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    throw new UsageError(`--supernode ${url}: ${error.message}`);
  }
}

async function loadKey(file: string): Promise<Signer> {
  try {
    return await loadOrCreateSigner(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new PublicError('key', error.message, { cause: error });
  }
}

async function plantAll(
  paths: readonly string[],
  config: PlanterConfig,
  tools: PathTools,
  talk: (text: string) => void,
): Promise<Outcome[]> {
  const wish = {
    copies: config.copies,
    output: config.output,
    isPortable: config.portable,
    allowsPrivate: config.allowPrivate,
  };
  const outcomes: Outcome[] = [];
  for (const path of paths) {
    talk(`${path}\n`);
    try {
      outcomes.push({ path, planted: await plant(path, wish, { ...tools, voice: createVoice(talk) }) });
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      talk(`  failed: ${error.message}\n`);
      outcomes.push({ path, error: error.message, code: error.code });
    }
  }
  return outcomes;
}
