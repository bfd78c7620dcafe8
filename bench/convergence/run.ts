// The order of things: what takes minutes goes on beside what takes seconds.

import { setTimeout as sleep } from 'node:timers/promises';
import { measureComparison } from './comparison.ts';
import { measureCut } from './cut-off.ts';
import { checkReturn, measureHealing, measureRedirects, type Return } from './deaths.ts';
import { Network, type Torrent } from './network.ts';
import { measurePlants, measureUproots } from './plants.ts';
import type { Role } from './role.ts';
import type { Measurement } from './samples.ts';
import { measureSharing } from './sharing.ts';
import type { Times } from './times.ts';

const SUPERNODES = 3;
const NODES = 8;
/** A quarter of them is on each node. */
const WATCHED_TORRENTS = 120;
const UPROOTED_TORRENTS = 40;
/** The first of the main network. */
const SHARING_MEASUREMENTS = 4;

export interface Results {
  readonly measurements: readonly Measurement[];
  readonly comeback: Return;
}

/** `tell` hears what is done. */
export async function measureConvergence(times: Times, tell: (line: string) => void): Promise<Results> {
  tell('starting three networks');
  const lines = Promise.all([measureCut(times), measureComparison(times)]);
  const network = await Network.start(SUPERNODES, NODES, times.supernodeFlags);
  try {
    const [main, [cut, comparison]] = await Promise.all([measureMain(network, times, tell), lines]);
    const { measurements, comeback } = main;
    const ofPeers = measurements.slice(0, SHARING_MEASUREMENTS);
    return { measurements: [...ofPeers, cut, ...measurements.slice(SHARING_MEASUREMENTS), comparison], comeback };
  } finally {
    await network.stop();
  }
}

async function measureMain(network: Network, times: Times, tell: (line: string) => void): Promise<Results> {
  const startedAt = performance.now();
  const [dead, back, ...others] = network.nodes;
  const torrents = await network.plantMany(WATCHED_TORRENTS);
  const uprooted = await network.plantMany(UPROOTED_TORRENTS);
  const isSpared = ({ carriers }: Torrent): boolean => !carriers.includes(dead!);
  tell('two nodes die, one for good');
  await Promise.all([dead!.kill(), back!.kill()]);
  const diedAt = performance.now();
  const comeback = async (): Promise<void> => {
    await sleep(times.absenceMs);
    await back!.startAgain();
  };
  const seconds = async (): Promise<Measurement[]> => {
    await network.settled(others.length);
    const measurements = await measureSeconds(network, others, times, tell);
    tell('waiting until supernodes act');
    await sleep(Math.max(0, startedAt + times.deadAfterMs - performance.now()));
    tell('uproots');
    return [...measurements, await measureUproots(network, uprooted.filter(isSpared))];
  };
  const [measurements, healing] = await Promise.all([
    seconds(),
    measureHealing(network, dead!, diedAt, torrents),
    comeback(),
  ]);
  return {
    measurements: [...measurements, healing],
    comeback: await checkReturn(network, back!, torrents.filter(isSpared)),
  };
}

async function measureSeconds(
  network: Network,
  victims: readonly Role[],
  times: Times,
  tell: (line: string) => void,
): Promise<Measurement[]> {
  tell('peers');
  const sharing = await measureSharing(network);
  tell('plants');
  const plants = await measurePlants(network);
  tell('nodes that are killed');
  const killed = await measureRedirects(network, victims, 'killed', times);
  tell('nodes that freeze');
  return [...sharing, plants, killed, await measureRedirects(network, victims, 'frozen', times)];
}
