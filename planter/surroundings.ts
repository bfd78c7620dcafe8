// The world around the planter's commands, and what all of them need of it.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ResolveTxt } from '../shared/network/dns-supernodes.ts';
import type { FindingConfig } from '../shared/network/finding-options.ts';
import { readNetworkWish, sourcesFor } from '../shared/network/network-options.ts';
import { NetworkPool } from '../shared/network/network-pool.ts';
import type { Identity } from '../shared/network/reached-network.ts';
import type { SupernodeSource } from '../shared/network/supernode-sources.ts';
import { systemClock } from '../shared/platform/clock.ts';
import { createSigner } from '../shared/platform/keys.ts';
import { type Random, systemRandom } from '../shared/platform/random.ts';
import { configDirectory, type Environment, stateDirectory } from '../shared/platform/user-directories.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import { KeyRing } from './key-ring.ts';
import { connect, type PlantNetwork } from './network.ts';
import type { PlantTools } from './plant.ts';
import { PlantedList } from './planted-list.ts';
import { isTerminal, type Talk } from './voice.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings extends Talk {
  readonly random: Random;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Data. */
  readonly out: (text: string) => void;
  /** The folder to look for a network file in. */
  readonly folder: string;
  /** Whether somebody can be asked. */
  readonly isTerminal: boolean;
  /** Reaches a network: see NetworkPool, which does when this is left out. */
  readonly connect?: Connect;
  /** Asks the domain name system; the system's resolver when left out. */
  readonly resolveTxt?: ResolveTxt;
}

export type Connect = (
  sources: readonly SupernodeSource[],
  identity: Identity,
  hashes: readonly InfoHash[],
) => Promise<PlantNetwork>;

/** What the user said of keys and network, in any command. */
export interface CommonConfig extends FindingConfig {
  readonly key: string | undefined;
}

/** All that planting takes but for a voice, of which each torrent has its own. */
export interface Tools extends Omit<PlantTools, 'voice'> {
  readonly keys: KeyRing;
  readonly planted: PlantedList;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Ends the connections; to be called at the end. */
  close(): Promise<void>;
}

export function surround(overrides: Partial<Surroundings>, environment: Environment): Surroundings {
  return {
    clock: systemClock,
    random: systemRandom,
    pause,
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    folder: process.cwd(),
    isTerminal: isTerminal(process.stdin, environment) && isTerminal(process.stdout, environment),
    isTalkSeen: isTerminal(process.stderr, environment),
    ...overrides,
  };
}

/** Throws UsageError for a supernode that cannot be one. */
export function prepare(config: CommonConfig, environment: Environment, surroundings: Surroundings): Tools {
  const { clock, random, talk, folder, resolveTxt } = surroundings;
  const wish = readNetworkWish(config, environment, { folder, resolveTxt });
  const keys = new KeyRing(configDirectory(environment), config.key);
  const pool = new NetworkPool(connect);
  const nobody = createSigner();
  const reach = surroundings.connect ?? pool.reach.bind(pool);
  return {
    clock,
    random,
    pause: surroundings.pause,
    keys,
    planted: new PlantedList(join(stateDirectory(environment), 'planted')),
    signerFor: (hashes, isFresh) => keys.signerFor(hashes, isFresh),
    connect: async (hints, signer = nobody, hashes = []) =>
      reach(await sourcesFor(wish, hints), { signer, clock, random }, hashes),
    remember: async (supernodes) => {
      const warn = (error: Error): void => talk(`  warning: the supernodes are not remembered: ${error.message}\n`);
      await wish.memory.remember(supernodes).catch(warn);
    },
    close: () => pool.close(),
  };
}
