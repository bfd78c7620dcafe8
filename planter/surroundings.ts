// The world around the planter's commands, and what all of them need of it.

import { join } from 'node:path';
import { type NetworkWish, readNetworkWish, sourcesFor } from '../shared/network/network-options.ts';
import { rememberSupernodes } from '../shared/network/supernode-memory.ts';
import { type Clock, systemClock } from '../shared/platform/clock.ts';
import { type Random, systemRandom } from '../shared/platform/random.ts';
import { configDirectory, type Environment, stateDirectory } from '../shared/platform/user-directories.ts';
import { KeyRing } from './key-ring.ts';
import { connect } from './network.ts';
import { type Connect, NetworkPool } from './network-pool.ts';
import type { PlantTools } from './plant.ts';
import { PlantedList } from './planted-list.ts';

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
  /** Whether somebody can be asked. */
  readonly isTerminal: boolean;
  readonly connect: Connect;
}

/** What the user said of keys and network, in any command. */
export interface CommonConfig {
  readonly key: string | undefined;
  readonly supernode: readonly string[];
  readonly allowNetwork: readonly string[];
}

/** All that planting takes but for a voice, of which each torrent has its own. */
export interface Tools extends Omit<PlantTools, 'voice'> {
  readonly keys: KeyRing;
  readonly planted: PlantedList;
  /** Ends the connections; to be called at the end. */
  close(): Promise<void>;
}

export function surround(overrides: Partial<Surroundings>): Surroundings {
  return {
    clock: systemClock,
    random: systemRandom,
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    folder: process.cwd(),
    isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    connect,
    ...overrides,
  };
}

/** Throws UsageError for a supernode that cannot be one. */
export function prepare(config: CommonConfig, environment: Environment, surroundings: Surroundings): Tools {
  const { clock, random, talk, folder } = surroundings;
  const wish = readNetworkWish(config, environment, folder);
  const keys = new KeyRing(configDirectory(environment), config.key);
  const pool = new NetworkPool(surroundings.connect);
  return {
    clock,
    random,
    keys,
    planted: new PlantedList(join(stateDirectory(environment), 'planted.jsonl')),
    signerFor: (hashes, isFresh) => keys.signerFor(hashes, isFresh),
    connect: async (hints, signer) => pool.reach(await sourcesFor(wish, hints), { signer, clock, random }),
    remember: (supernodes) => remember(wish, supernodes, talk),
    close: () => pool.close(),
  };
}

async function remember({ memory }: NetworkWish, supernodes: readonly string[], talk: Surroundings['talk']) {
  await rememberSupernodes(memory, supernodes).catch((error: Error) =>
    talk(`  warning: ${memory}: ${error.message}\n`),
  );
}
