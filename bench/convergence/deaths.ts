// How soon supernodes send nobody to a node that died, how soon its torrents are carried elsewhere, and that a node which
// comes back in time costs nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { elapsed, isServed, type Network, type Torrent } from './network.ts';
import type { Role } from './role.ts';
import type { Measurement } from './samples.ts';
import type { Times } from './times.ts';

const DEATHS = 6;
const LIMIT_MS = 180_000;
/** Of minutes: nobody needs to look more often. */
const HEALING_LOOK_MS = 500;
const MINUTE_MS = 60_000;
/** Healing takes that much longer than a death at most, else something is wrong. */
const HEALING_LIMIT_MS = 30 * MINUTE_MS;

export type Fate = 'killed' | 'frozen';

/** Each of the victims in turn falls and comes back; a sample for each supernode. */
export async function measureRedirects(
  network: Network,
  victims: readonly Role[],
  fate: Fate,
  times: Times,
): Promise<Measurement> {
  const samplesMs: number[] = [];
  for (let death = 0; death < DEATHS; death++) {
    const victim = victims[death % victims.length]!;
    const fallen = { victim, torrent: await plantOn(network, victim) };
    const isBack = (): Promise<unknown> => Promise.all(network.supernodes.map((one) => standing(network, one, fallen)));
    await isBack();
    // Not always at the same distance from the last ping.
    await sleep((death / DEATHS) * times.probeIntervalMs);
    if (fate === 'killed') await victim.kill();
    else victim.freeze();
    samplesMs.push(...(await Promise.all(network.supernodes.map((one) => lastRedirect(network, one, fallen)))));
    if (fate === 'killed') await victim.startAgain();
    else victim.thaw();
    await isBack();
  }
  const [how, p50Ms] = fate === 'killed' ? ['refuses connections', 10_000] : ['does not answer', 30_000];
  return {
    event: `a node that ${how} gets no more redirects`,
    target: { text: `p50 ≤ ${p50Ms / 1000} s, p99 ≤ 90 s`, p50Ms, p99Ms: 90_000 },
    samplesMs,
    dependsOn: ['--probe-interval'],
  };
}

/** From the death of a node until each of its torrents is served by as many nodes as before. */
export async function measureHealing(
  network: Network,
  dead: Role,
  diedAt: number,
  torrents: readonly Torrent[],
): Promise<Measurement> {
  const own = torrents.filter(({ carriers }) => carriers.includes(dead));
  const samplesMs = await Promise.all(
    own.map(async ({ infoHash, carriers }) => {
      const isHealed = async (): Promise<boolean> => {
        const { up } = await network.known(network.supernodes[0]!, infoHash);
        if (up.length < carriers.length) return false;
        return (await Promise.all(up.map((node) => isServed(node, infoHash)))).every((isThere) => isThere);
      };
      const options = { what: 'a torrent healed', limitMs: HEALING_LIMIT_MS, everyMs: HEALING_LOOK_MS };
      return elapsed(diedAt, isHealed, options);
    }),
  );
  return {
    event: "a dead node's torrents are carried as often as before",
    target: {
      text: 'none before 10 min, p50 ≤ 14 min, p99 ≤ 30 min',
      leastMs: 10 * MINUTE_MS,
      p50Ms: 14 * MINUTE_MS,
      p99Ms: 30 * MINUTE_MS,
    },
    samplesMs,
    dependsOn: ['--dead-after', '--heal-delay'],
  };
}

/** What came of a node that was killed, and back before it was dead. */
export interface Return {
  readonly torrents: number;
  /** Torrents that another node serves as well now. */
  readonly copied: number;
  /** Torrents that it no longer serves. */
  readonly lost: number;
}

export async function checkReturn(network: Network, back: Role, torrents: readonly Torrent[]): Promise<Return> {
  const own = torrents.filter(({ carriers }) => carriers.includes(back));
  let copied = 0;
  let lost = 0;
  for (const { infoHash, carriers } of own) {
    if (!(await isServed(back, infoHash))) lost++;
    const { up } = await network.known(network.supernodes[0]!, infoHash);
    if (up.some((node) => !carriers.includes(node))) copied++;
  }
  return { torrents: own.length, copied, lost };
}

async function plantOn(network: Network, node: Role): Promise<Torrent> {
  for (;;) {
    const torrent = await network.plant();
    if (torrent.carriers.includes(node)) return torrent;
  }
}

interface Victim {
  readonly victim: Role;
  /** One that it carries. */
  readonly torrent: Torrent;
}

/** Waits until a supernode counts the victim among those that answer. */
async function standing(network: Network, supernode: Role, { victim, torrent }: Victim): Promise<void> {
  const isUp = async (): Promise<boolean> => (await network.known(supernode, torrent.infoHash)).up.includes(victim);
  await elapsed(performance.now(), isUp, { what: `${victim.baseUrl} up again`, limitMs: LIMIT_MS });
}

/** Ms until the last redirect to the victim before the supernode counts it no longer among those that answer. */
async function lastRedirect(network: Network, supernode: Role, { victim, torrent }: Victim): Promise<number> {
  const begun = performance.now();
  let lastMs = 0;
  const isOut = async (): Promise<boolean> => {
    if ((await redirectOf(supernode, torrent)) === victim.baseUrl) lastMs = performance.now() - begun;
    return !(await network.known(supernode, torrent.infoHash)).up.includes(victim);
  };
  await elapsed(begun, isOut, { what: `${victim.baseUrl} missed`, limitMs: LIMIT_MS });
  return lastMs;
}

async function redirectOf({ baseUrl }: Role, { infoHash }: Torrent): Promise<string | undefined> {
  const query = `info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0000-000000000000&port=2000&left=1`;
  const response = await fetch(`${baseUrl}/announce?${query}`, { redirect: 'manual' });
  await response.arrayBuffer();
  return response.headers.get('location')?.replace(/\/announce\?.*$/, '');
}
