// How soon all supernodes know what was planted through one of them, and no carrier serves what was uprooted there.

import { elapsed, isServed, type Network, type Torrent } from './network.ts';
import type { Role } from './role.ts';
import type { Measurement } from './samples.ts';

const PLANTS = 40;
const UPROOTS = 40;
const LIMIT_MS = 120_000;

export async function measurePlants(network: Network): Promise<Measurement> {
  const samplesMs: number[] = [];
  for (let index = 0; index < PLANTS; index++) {
    const torrent = await network.plant(index % network.supernodes.length);
    const begun = performance.now();
    const knows = async (supernode: Role): Promise<boolean> => {
      const { up, plants } = await network.known(supernode, torrent.infoHash);
      return plants > 0 && up.length === torrent.carriers.length;
    };
    const everybodyKnows = async (): Promise<boolean> => {
      return (await Promise.all(network.supernodes.map(knows))).every((isKnown) => isKnown);
    };
    samplesMs.push(await elapsed(begun, everybodyKnows, { what: 'a plant everywhere', limitMs: LIMIT_MS }));
  }
  const target = { text: 'p99 ≤ 5 s', p99Ms: 5000 };
  return { event: 'a plant is known to every supernode', target, samplesMs, dependsOn: [] };
}

/** The planter tells one supernode and none of the carriers; only after --dead-after do supernodes act on that. */
export async function measureUproots(network: Network, torrents: readonly Torrent[]): Promise<Measurement> {
  const samplesMs: number[] = [];
  for (const [index, { infoHash, carriers }] of torrents.slice(0, UPROOTS).entries()) {
    const begun = performance.now();
    await network.planter.uproot(network.supernodes[index % network.supernodes.length]!, infoHash);
    const isOver = async (): Promise<boolean> => {
      return (await Promise.all(carriers.map((carrier) => isServed(carrier, infoHash)))).every((isThere) => !isThere);
    };
    samplesMs.push(await elapsed(begun, isOver, { what: 'an uproot honoured', limitMs: LIMIT_MS }));
  }
  const target = { text: 'p99 ≤ 30 s', p99Ms: 30_000 };
  return {
    event: 'an uproot that one supernode was told of is honoured by all carriers',
    target,
    samplesMs,
    dependsOn: [],
  };
}
