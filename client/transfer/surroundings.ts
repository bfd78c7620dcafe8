// The world around a transfer, and how `anatomic get` and `anatomic seed` run one.

import { type Resolve, systemResolve } from '../../shared/http/resolve.ts';
import { createDhtSocket } from '../../shared/network/dht.ts';
import type { ResolveTxt } from '../../shared/network/dns-supernodes.ts';
import { readDhtWish } from '../../shared/network/finding-options.ts';
import { readNetworkWish } from '../../shared/network/network-options.ts';
import { type Clock, systemClock } from '../../shared/platform/clock.ts';
import { Interrupt } from '../../shared/platform/interrupt.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { type Random, systemRandom } from '../../shared/platform/random.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import type { EngineOptions } from '../engine/engine.ts';
import { readPorts, type TransferConfig } from './options.ts';
import type { Ending, TransferPlan } from './plan.ts';
import { JsonReporter, type Outputs, TextReporter } from './reporter.ts';
import { runTransfer } from './run.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings extends Outputs {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolve: Resolve;
  /** Asks for TXT records; the system's resolver when left out. */
  readonly resolveTxt?: ResolveTxt | undefined;
  /** The folder to look for a network file in, and to download to. */
  readonly folder: string;
  /** See TransferWorld. */
  readonly findEveryMs?: number;
  /** Aborted when the user wants an end; Ctrl-C when left out. */
  readonly signal?: AbortSignal | undefined;
}

/** The exit code for each ending. */
const EXIT_CODES: Readonly<Record<Ending, number>> = { complete: 0, 'gave up': 3, interrupted: 130 };

export function surround(overrides: Partial<Surroundings>): Surroundings {
  return {
    clock: systemClock,
    random: systemRandom,
    resolve: systemResolve,
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    isDataShown: process.stdout.isTTY === true,
    folder: process.cwd(),
    ...overrides,
  };
}

/** Returns the exit code: 0 when everything is here, 3 when it gave up, 130 when it was interrupted before. */
export async function transfer(
  plan: Omit<TransferPlan, 'engine'>,
  config: TransferConfig,
  environment: Environment,
  surroundings: Surroundings,
): Promise<number> {
  const { clock, random, resolve, resolveTxt, folder } = surroundings;
  using interrupt = new Interrupt();
  const isPrivate = plan.torrent.file?.metainfo.isPrivate === true;
  const engine = {
    ports: readPorts(config.port),
    downloadLimit: config.downloadLimitBytes,
    uploadLimit: config.uploadLimitBytes,
    dht: isPrivate ? undefined : peerDht(config, clock),
    usesExchange: !config.trackersOnly && !isPrivate,
    allowNetworks: config.allowNetwork,
  };
  const ending = await runTransfer(
    { ...plan, engine },
    {
      wish: readNetworkWish(config, environment, { folder, resolveTxt }),
      identity: { signer: createSigner(), clock, random },
      resolve,
      findEveryMs: surroundings.findEveryMs,
      reporter: config.json ? new JsonReporter(surroundings) : new TextReporter(surroundings, config.quiet),
      signal: surroundings.signal ?? interrupt.signal,
    },
  );
  return EXIT_CODES[ending];
}

function peerDht(config: TransferConfig, clock: Clock): EngineOptions['dht'] {
  const wish = readDhtWish(config);
  if (wish === undefined) return undefined;
  const { bootstrap } = wish;
  return { open: () => createDhtSocket(wish, clock), ...(bootstrap === undefined ? {} : { bootstrap }) };
}
