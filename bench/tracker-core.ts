// Micro bench of one core: the tracker without sockets. `node bench/tracker-core.ts` prints a table; each line is
// measured in a process of its own, so that memory and optimised code of one do not help or burden the next.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Tracker } from '../node/tracker/tracker.ts';
import type { TrackerOptions } from '../node/tracker/tracker-options.ts';
import { seededRandom } from '../shared/platform/random.ts';
import { AnnounceAnswer, AnnounceRequest } from '../shared/protocol/tracker/tracker-messages.ts';

const OPTIONS: TrackerOptions = {
  mode: 'open',
  intervalSeconds: 1800,
  minIntervalSeconds: 900,
  peerLifetimeSeconds: 2700,
  maxTorrents: 1_000_000,
  maxPeers: 5_000_000,
  maxPeersPerTorrent: 100_000,
};
const WARM_UP_ANNOUNCES = 500_000;
const SPEED_ANNOUNCES = 2_000_000;
const SLICE_TORRENTS = 1000;
/** Runs over which a pause is measured. */
const RUNS = 3;

const request = new AnnounceRequest();
const answer = new AnnounceAnswer();

interface Scenario {
  readonly name: string;
  readonly run: () => string;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'announce, 10 000 torrents x 50 IPv4, numwant 50', run: () => measureSpeed(10_000, 50, 4) },
  { name: 'announce, 10 000 torrents x 50 IPv6, numwant 50', run: () => measureSpeed(10_000, 50, 6) },
  { name: 'announce, 10 torrents x 50 000 IPv4, numwant 50', run: () => measureSpeed(10, 50_000, 4) },
  { name: 'memory, 100 000 torrents x 50 IPv4', run: () => measureMemory(100_000, 50, 4) },
  { name: 'memory, 200 000 torrents x 5 IPv4', run: () => measureMemory(200_000, 5, 4) },
  { name: 'memory, 100 000 torrents x 10 IPv6', run: () => measureMemory(100_000, 10, 6) },
  { name: 'pauses, 100 000 torrents x 50 IPv4', run: () => measurePauses(100_000, 50, 4) },
  { name: 'pauses, 1 000 000 torrents x 1 IPv4', run: () => measurePauses(1_000_000, 1, 4) },
  { name: 'pauses, 1 torrent x 100 000 IPv4', run: () => measurePauses(1, 100_000, 4) },
  { name: 'pauses, 1 torrent x 100 000 IPv6', run: () => measurePauses(1, 100_000, 6) },
];

/**
 * The longest of many pieces of work. A neighbour on the machine takes the clock too, but not of the same piece in every
 * run of the same work: so each piece counts with its shortest time, and only the work's own pauses remain.
 */
class Pauses {
  readonly #shortestMs: number[] = [];
  #piece = 0;
  #lastMs = 0;

  beginRun(): void {
    this.#piece = 0;
    this.#lastMs = performance.now();
  }

  endPiece(): void {
    const now = performance.now();
    const known = this.#shortestMs[this.#piece] ?? Number.POSITIVE_INFINITY;
    this.#shortestMs[this.#piece++] = Math.min(known, now - this.#lastMs);
    this.#lastMs = now;
  }

  get worstMs(): string {
    return this.#shortestMs.reduce((worst, ms) => Math.max(worst, ms), 0).toFixed(2);
  }
}

/** One announce of peer `peer` of torrent `torrent`, as its listener would hand it over. */
function announce(tracker: Tracker, torrent: number, peer: number): void {
  request.infoHash.writeInt32LE(Math.imul(torrent + 1, 0x9e3779b1), 0);
  request.infoHash.writeInt32LE(torrent, 4);
  request.address.writeInt32BE(Math.imul(peer + 1, 0x85ebca6b), request.family === 4 ? 0 : 12);
  request.port = 1024 + (peer % 60_000);
  request.isSeeder = (peer & 1) === 0;
  if (tracker.announce(request, answer, 0) !== undefined) throw new Error('refused');
}

function fill(tracker: Tracker, torrents: number, peers: number, pauses?: Pauses): void {
  for (let peer = 0; peer < peers; peer++) {
    for (let torrent = 0; torrent < torrents; torrent++) {
      announce(tracker, torrent, peer);
      pauses?.endPiece();
    }
  }
}

function measureSpeed(torrents: number, peers: number, family: 4 | 6): string {
  request.family = family;
  const random = seededRandom(1);
  const tracker = new Tracker(OPTIONS, random);
  fill(tracker, torrents, peers);
  const announceRandomly = (times: number) => {
    for (let i = 0; i < times; i++) announce(tracker, random.uint32() % torrents, random.uint32() % peers);
  };
  announceRandomly(WARM_UP_ANNOUNCES);
  const heapBefore = process.memoryUsage().heapUsed;
  const begun = process.cpuUsage();
  announceRandomly(SPEED_ANNOUNCES);
  const used = process.cpuUsage(begun);
  const garbage = (process.memoryUsage().heapUsed - heapBefore) / SPEED_ANNOUNCES;
  const nanoseconds = ((used.user + used.system) * 1000) / SPEED_ANNOUNCES;
  return `${nanoseconds.toFixed(0)} ns, ${garbage.toFixed(1)} B of garbage`;
}

function measureMemory(torrents: number, peers: number, family: 4 | 6): string {
  request.family = family;
  request.numwant = 0;
  const before = process.memoryUsage.rss();
  const begun = performance.now();
  fill(new Tracker(OPTIONS, seededRandom(1)), torrents, peers);
  const seconds = (performance.now() - begun) / 1000;
  const bytes = (process.memoryUsage.rss() - before) / (torrents * peers);
  return `${bytes.toFixed(1)} B a peer, filled in ${seconds.toFixed(1)} s`;
}

function measurePauses(torrents: number, peers: number, family: 4 | 6): string {
  request.family = family;
  request.numwant = 0;
  const filling = new Pauses();
  const sweeping = new Pauses();
  const expiring = new Pauses();
  for (let run = 0; run < RUNS; run++) {
    const tracker = new Tracker(OPTIONS, seededRandom(1));
    filling.beginRun();
    fill(tracker, torrents, peers, filling);
    sweepRound(tracker, 60, torrents, sweeping);
    sweepRound(tracker, 3000, torrents, expiring);
    if (tracker.stats.torrents !== 0) throw new Error('torrents left after a round');
  }
  return `worst ms: announce ${filling.worstMs}, slice ${sweeping.worstMs}, slice expiring all ${expiring.worstMs}`;
}

/** A round, and a slice more, since a slice ends with its round. */
function sweepRound(tracker: Tracker, nowSeconds: number, torrents: number, pauses: Pauses): void {
  pauses.beginRun();
  for (let slice = 0; slice <= torrents / SLICE_TORRENTS + 1; slice++) {
    tracker.sweep(nowSeconds, SLICE_TORRENTS);
    pauses.endPiece();
  }
}

function main(): void {
  const chosen = SCENARIOS.find(({ name }) => name === process.argv[2]);
  if (chosen !== undefined) {
    process.stdout.write(chosen.run());
    return;
  }
  for (const { name } of SCENARIOS) {
    // A young generation that is never full, so that garbage can be counted.
    const args = ['--max-semi-space-size=128', fileURLToPath(import.meta.url), name];
    const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
    process.stdout.write(`${name.padEnd(50)} ${child.stdout || child.stderr}\n`);
  }
}

main();
