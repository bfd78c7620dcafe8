// How soon peers that announce at one carrier are found at the other, and are gone when they stop.

import { announce } from '../../test/helpers/test-client.ts';
import { elapsed, type Network, type Torrent } from './network.ts';
import type { Measurement } from './samples.ts';

const TORRENTS = 20;
/** Torrents that are watched at the same time. */
const LANES = 10;
const ROUNDS = 5;
/** With those a swarm is no small one, which others hear of sooner. */
const LARGE_SWARM_PEERS = 10;
const FIRST_PEER_PORT = 3000;
const WATCHER_PORT = 2000;
const LIMIT_MS = 60_000;

/** Two measurements of small swarms, and two of larger ones. */
export async function measureSharing(network: Network): Promise<Measurement[]> {
  return [...(await ofSwarms(network, 0)), ...(await ofSwarms(network, LARGE_SWARM_PEERS))];
}

/** Whether a peer is in an answer at the other carrier, which is asked by one client of its own again and again. */
export async function isFound({ infoHash, carriers }: Torrent, port: number): Promise<boolean> {
  return (await announce(carriers[1]!.baseUrl, infoHash, { port: WATCHER_PORT })).ports.includes(port);
}

async function ofSwarms(network: Network, peersBefore: number): Promise<Measurement[]> {
  const appeared: number[] = [];
  const gone: number[] = [];
  const torrents = await network.plantMany(TORRENTS);
  for (const torrent of torrents) {
    for (let peer = 0; peer < peersBefore; peer++) await enter(torrent, FIRST_PEER_PORT + peer);
    if (peersBefore > 0) await found(torrent, FIRST_PEER_PORT + peersBefore - 1, true);
    await found(torrent, WATCHER_PORT, false);
  }
  const lane = async (own: readonly Torrent[]): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const torrent of own) {
        const port = FIRST_PEER_PORT + peersBefore + round;
        await enter(torrent, port);
        appeared.push(await found(torrent, port, true));
        await enter(torrent, port, 'stopped');
        gone.push(await found(torrent, port, false));
      }
    }
  };
  const share = TORRENTS / LANES;
  await Promise.all(
    Array.from({ length: LANES }, (_, index) => lane(torrents.slice(index * share, (index + 1) * share))),
  );
  const kind = peersBefore === 0 ? 'below 5 peers' : `of ${peersBefore} peers`;
  const [seenTarget, goneTarget] =
    peersBefore === 0
      ? [{ text: '≤ 1 s', p99Ms: 1000 }, GONE_TARGET]
      : [{ text: 'p99 ≤ 5 s', p99Ms: 5000 }, GONE_TARGET];
  return [
    {
      event: `a peer is in answers of another carrier, swarm ${kind}`,
      target: seenTarget,
      samplesMs: appeared,
      dependsOn: [],
    },
    { event: `a peer that stopped is gone there, swarm ${kind}`, target: goneTarget, samplesMs: gone, dependsOn: [] },
  ];
}

const GONE_TARGET = { text: 'p99 ≤ 5 s', p99Ms: 5000 };

async function enter({ infoHash, carriers }: Torrent, port: number, event?: 'stopped'): Promise<void> {
  await announce(carriers[0]!.baseUrl, infoHash, { port, ...(event === undefined ? {} : { event }) });
}

function found(torrent: Torrent, port: number, isThere: boolean): Promise<number> {
  const condition = async (): Promise<boolean> => (await isFound(torrent, port)) === isThere;
  return elapsed(performance.now(), condition, { what: 'a peer to come or go', limitMs: LIMIT_MS });
}
