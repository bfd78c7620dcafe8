// What sharing costs and how fast it is: `node bench/sharing.ts` starts two nodes that carry the same torrents, announces new
// peers at one of them at increasing rates, and prints per announce the CPU and bytes spent on sharing at both ends, and how
// long it takes until a peer counts at the other. CPU is that of the process beyond the same announces without a partner.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeRecord } from '../shared/protocol/records/statements.ts';
import { type BenchNode, startBenchNode } from './sharing/node.ts';

const RATES = [100, 1000, 10_000];
const SECONDS = 8;
const WARM_UP_SECONDS = 6;
/** Until the last change has been told. */
const SETTLE_MS = 4000;
const TICK_MS = 20;
/** Each is announced to by so many peers in the end that it is a large swarm soon. */
const TORRENTS = 2000;
/** Peers whose way is timed: one each 20 ms, in torrents of their own, half of them small swarms. */
const MARKERS = 300;
const MARKER_INTERVAL_MS = 20;
const LARGE_SWARM_PEERS = 10;

interface Order {
  readonly rate: number;
  readonly isShared: boolean;
  /** Of the partner, in base64. */
  readonly record: string;
  readonly id: string;
}

/** What a sender tells in the end. */
interface Sent {
  readonly announces: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly batches: number;
  /** Unix ms of each marker's announce. */
  readonly markers: readonly number[];
}

const torrentOf = (index: number): string => (0x100000 + index).toString(16).padStart(40, 'a');
const markerOf = (index: number): string => (0x200000 + index).toString(16).padStart(40, 'b');
const isSmall = (marker: number): boolean => marker % 2 === 0;

/** Carries everything, shared with the partner or not; marker swarms that are to be large have their peers already. */
function carryAll(node: BenchNode, partner: { id: string; record: Uint8Array } | undefined): void {
  if (partner !== undefined) node.sharing.partners.meet(nodeRecord.open(partner.record, Date.now()));
  const hashes = [
    ...Array.from({ length: TORRENTS }, (_, index) => torrentOf(index)),
    ...Array.from({ length: MARKERS }, (_, index) => markerOf(index)),
  ];
  for (const hash of hashes) {
    node.tracker.carry(hash);
    if (partner !== undefined) node.sharing.coCarriers.learnAllocated(hash, [partner.id], Date.now());
  }
}

async function send(node: BenchNode, { rate }: Order): Promise<Sent> {
  for (let marker = 0; marker < MARKERS; marker++) {
    for (let peer = 0; !isSmall(marker) && peer < LARGE_SWARM_PEERS; peer++) node.announce(markerOf(marker), peer);
  }
  const announces = { count: 0 };
  await announceFor(WARM_UP_SECONDS, rate, node, announces, () => undefined);
  const before = { ...node.sharing.stats.counters };
  const warm = announces.count;
  const begun = process.cpuUsage();
  const markers: number[] = [];
  await announceFor(SECONDS, rate, node, announces, (elapsedMs) => {
    while (markers.length < Math.min(MARKERS, elapsedMs / MARKER_INTERVAL_MS)) {
      node.announce(markerOf(markers.length), 1000);
      markers.push(Date.now());
    }
  });
  const used = process.cpuUsage(begun);
  await sleep(SETTLE_MS);
  const after = node.sharing.stats.counters;
  return {
    announces: announces.count - warm,
    cpuMs: (used.user + used.system) / 1000,
    bytes: after.bytesSent - before.bytesSent,
    batches: after.batchesSent - before.batchesSent,
    markers,
  };
}

/** Announces new peers at a steady rate, a few at a time. */
async function announceFor(
  seconds: number,
  rate: number,
  node: BenchNode,
  announces: { count: number },
  onTick: (elapsedMs: number) => void,
): Promise<void> {
  const start = performance.now();
  const first = announces.count;
  for (;;) {
    const elapsedMs = performance.now() - start;
    if (elapsedMs >= seconds * 1000) return;
    for (; announces.count - first < (elapsedMs / 1000) * rate; announces.count++) {
      node.announce(torrentOf(announces.count % TORRENTS), announces.count);
    }
    onTick(elapsedMs);
    await sleep(TICK_MS);
  }
}

/** Notes when each marker is seen; returns the CPU and the unix ms. */
async function watch(node: BenchNode): Promise<{ cpuMs: number; seen: number[] }> {
  const seen = new Array<number>(MARKERS).fill(0);
  await sleep(WARM_UP_SECONDS * 1000);
  const begun = process.cpuUsage();
  const end = performance.now() + SECONDS * 1000 + SETTLE_MS;
  while (performance.now() < end) {
    const now = Date.now();
    for (let marker = 0; marker < MARKERS; marker++) {
      const expected = isSmall(marker) ? 1 : LARGE_SWARM_PEERS + 1;
      if (seen[marker] === 0 && node.peers(markerOf(marker)) >= expected) seen[marker] = now;
    }
    await sleep(10);
  }
  const used = process.cpuUsage(begun);
  return { cpuMs: (used.user + used.system) / 1000, seen };
}

/** A child: says who it is, gets its order, says what it found. */
async function play(role: string): Promise<void> {
  const node = await startBenchNode(role === 'send' ? 1 : 2);
  process.send!({ id: node.id, record: Buffer.from(node.record).toString('base64') });
  const [order] = (await once(process, 'message')) as [Order];
  carryAll(node, order.isShared ? { id: order.id, record: Buffer.from(order.record, 'base64') } : undefined);
  process.send!(role === 'send' ? await send(node, order) : await watch(node));
  await node.stop();
  process.disconnect();
}

async function measure(
  rate: number,
  isShared: boolean,
): Promise<{ sent: Sent; watched: { cpuMs: number; seen: number[] } }> {
  const children = ['send', 'watch'].map((role) => fork(fileURLToPath(import.meta.url), [role]));
  const [sender, watcher] = children as [(typeof children)[0], (typeof children)[0]];
  const hellos = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]));
  sender.send({ rate, isShared, ...hellos[1] });
  watcher.send({ rate, isShared, ...hellos[0] });
  const [sent, watched] = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]));
  await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined)));
  return { sent, watched };
}

function percentile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? '-' : `${sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]} ms`;
}

async function main(): Promise<void> {
  process.stdout.write(
    'announces/s   CPU sender   CPU partner   bytes   batches/s   lag small p50 p99   lag large p50 p99\n',
  );
  for (const rate of RATES) {
    const alone = await measure(rate, false);
    const shared = await measure(rate, true);
    const perAnnounce = (ms: number): string => `${((1000 * ms) / shared.sent.announces).toFixed(1)} us`;
    const lags = shared.sent.markers.map((at, marker) => ({ marker, ms: shared.watched.seen[marker]! - at }));
    const missing = lags.filter(({ ms }) => ms < 0).length;
    const ofKind = (small: boolean) =>
      lags.filter(({ marker, ms }) => isSmall(marker) === small && ms >= 0).map(({ ms }) => ms);
    const columns = [
      String(rate),
      perAnnounce(shared.sent.cpuMs - alone.sent.cpuMs),
      perAnnounce(shared.watched.cpuMs - alone.watched.cpuMs),
      `${(shared.sent.bytes / shared.sent.announces).toFixed(1)}`,
      `${(shared.sent.batches / SECONDS).toFixed(1)}`,
      ...[true, false].flatMap((small) => [percentile(ofKind(small), 0.5), percentile(ofKind(small), 0.99)]),
      missing === 0 ? '' : `${missing} never seen`,
    ];
    process.stdout.write(`${columns.join('   ')}\n`);
  }
}

if (process.send === undefined) await main();
else await play(process.argv[2] ?? '');
