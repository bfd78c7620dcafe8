// Micro bench: what a refusal costs beside an answer, over HTTP and UDP but without sockets, and what the guards cost those
// who are served. `node bench/refusals.ts` prints a table.

import { AccessLists } from '../node/access/access-lists.ts';
import { GuardedTracker } from '../node/access/guarded-tracker.ts';
import { NetworkList } from '../node/access/network-list.ts';
import { type SourceGate, Sources } from '../node/access/source-gate.ts';
import { TorrentList } from '../node/access/torrent-list.ts';
import { Woodpeckers } from '../node/access/woodpeckers.ts';
import { HttpAnswers, MAX_BODY_BYTES, type TrackerDoor } from '../node/listeners/http-answers.ts';
import { UdpAnswers } from '../node/listeners/udp-answers.ts';
import { Tracker } from '../node/tracker/tracker.ts';
import { Traffic } from '../node/tracker/traffic.ts';
import { seededRandom } from '../shared/platform/random.ts';
import { ConnectionIds } from '../shared/protocol/tracker/connection-id.ts';
import { HEAD_ANNOUNCE } from '../shared/protocol/tracker/http-head.ts';
import { UdpReply } from '../shared/protocol/tracker/udp-reply.ts';
import { MAX_UDP_REPLY_BYTES } from '../shared/protocol/tracker/udp-request.ts';

const TORRENTS = 10_000;
const PEERS = 50;
const LISTED = 1_000_000;
const WARM_UP = 300_000;
const TIMES = 1_000_000;
const NOW_SECONDS = 1_800_000_000;
/** Between two announces of one peer, who takes part in one torrent. */
const INTERVAL_SECONDS = 300;
const ID_LIFETIME_SECONDS = 60_000;
const UNLIMITED = 1e9;

/** A limit, as its listener would be given it. */
interface Scenario {
  readonly name: string;
  readonly guard?: (tracker: Tracker) => TrackerDoor;
  readonly sources?: SourceGate;
}

const random = seededRandom(1);

function hashOf(torrent: number): Buffer {
  const hash = Buffer.alloc(20, 7);
  hash.writeInt32LE(Math.imul(torrent + 1, 0x9e3779b1), 0);
  hash.writeInt32LE(torrent, 4);
  return hash;
}

/** A million torrents: those from `first` on. */
function listFrom(first: number): TorrentList {
  const list = new TorrentList(LISTED, 1);
  for (let i = 0; i < LISTED; i++) list.addLine(Buffer.from(hashOf(first + i).toString('hex')), 0, 40);
  return list;
}

function sourcesOf(clientRate: number, banned?: string): SourceGate {
  const lists = new AccessLists();
  lists.banned = new NetworkList(LISTED, 1);
  for (let i = 0; i < LISTED; i++) {
    const line = Buffer.from(
      `${200 + (i >>> 22)}.${(i >>> 14) & 255}.${(i >>> 6) & 255}.${(i & 63) * 4}/${24 + (i & 7)}`,
    );
    lists.banned.addLine(line, 0, line.length);
  }
  if (banned !== undefined) lists.banned.addLine(Buffer.from(banned), 0, banned.length);
  return new Sources(lists, { clientRate, networkRate: 0 }, random);
}

function guardOf(denied: TorrentList | undefined, minIntervalSeconds?: number): (tracker: Tracker) => TrackerDoor {
  const lists = new AccessLists();
  lists.denied = denied;
  const woodpeckers = minIntervalSeconds === undefined ? undefined : new Woodpeckers(minIntervalSeconds, random);
  return (tracker) => new GuardedTracker(tracker, lists, woodpeckers);
}

function scenarios(): Scenario[] {
  return [
    { name: 'served, nothing limited' },
    { name: 'served, other torrents denied', guard: guardOf(listFrom(TORRENTS)) },
    { name: 'served, other networks banned', sources: sourcesOf(0) },
    { name: 'served, within the rate', sources: sourcesOf(UNLIMITED) },
    { name: 'served, no woodpecker', guard: guardOf(undefined, INTERVAL_SECONDS) },
    { name: 'refused, torrent denied', guard: guardOf(listFrom(0)) },
    { name: 'refused, network banned', sources: sourcesOf(0, '10.0.0.0/8') },
    { name: 'refused, beyond the rate', sources: sourcesOf(1) },
    { name: 'refused, woodpecker', guard: guardOf(undefined, 1e9) },
  ];
}

function queryOf(torrent: number): Buffer {
  const hash = hashOf(torrent).toString('hex').replace(/../g, '%$&');
  return Buffer.from(
    `info_hash=${hash}&peer_id=-XX0001-123456789012&port=6881&uploaded=0&downloaded=0&left=5&compact=1`,
  );
}

function filledTracker(): Tracker {
  const limits = { maxTorrents: 100_000, maxPeers: 1_000_000, maxPeersPerTorrent: 1000 };
  const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
  const tracker = new Tracker({ mode: 'open', ...limits, ...times }, seededRandom(1));
  const answers = new HttpAnswers(tracker, new Traffic());
  const out = Buffer.alloc(MAX_BODY_BYTES);
  for (let torrent = 0; torrent < TORRENTS; torrent++) {
    const query = queryOf(torrent);
    for (let peer = 0; peer < PEERS; peer++) {
      answers.request.address.writeUInt32BE(0x0a000000 + peer);
      answers.write(HEAD_ANNOUNCE, query, 0, query.length, NOW_SECONDS, out, 0);
    }
  }
  return tracker;
}

function timeOf(i: number): number {
  return NOW_SECONDS + Math.floor(i / TORRENTS) * INTERVAL_SECONDS;
}

/** Nanoseconds of CPU each. */
function measure(ask: (i: number) => void): string {
  for (let i = 0; i < WARM_UP; i++) ask(i);
  const begun = process.cpuUsage();
  for (let i = 0; i < TIMES; i++) ask(i);
  const { user, system } = process.cpuUsage(begun);
  return `${Math.round(((user + system) * 1000) / TIMES)} ns`.padStart(9);
}

function overHttp(tracker: Tracker, { guard, sources }: Scenario): string {
  const answers = new HttpAnswers(guard?.(tracker) ?? tracker, new Traffic(), sources);
  const queries = Array.from({ length: TORRENTS }, (_, torrent) => queryOf(torrent));
  const out = Buffer.alloc(MAX_BODY_BYTES);
  return measure((i) => {
    const query = queries[(i * 7919) % TORRENTS]!;
    answers.request.address.writeUInt32BE(0x0a000000 + (i % PEERS));
    answers.write(HEAD_ANNOUNCE, query, 0, query.length, timeOf(i), out, 0);
  });
}

function overUdp(tracker: Tracker, { guard, sources }: Scenario): string {
  const ids = new ConnectionIds(Buffer.alloc(16), ID_LIFETIME_SECONDS);
  const answers = new UdpAnswers(guard?.(tracker) ?? tracker, ids, new Traffic(), sources);
  const requests = Array.from({ length: PEERS }, (_, peer) => {
    const bytes = Buffer.alloc(98);
    bytes.writeUInt32BE(1, 8);
    answers.request.address.writeUInt32BE(0x0a000000 + peer);
    ids.write(answers.request.address, 4, NOW_SECONDS, bytes, 0);
    bytes.writeInt32BE(-1, 92);
    bytes.writeUInt16BE(6881, 96);
    return bytes;
  });
  const hashes = Array.from({ length: TORRENTS }, (_, torrent) => hashOf(torrent));
  const reply = new UdpReply(Buffer.alloc(MAX_UDP_REPLY_BYTES));
  return measure((i) => {
    const bytes = requests[i % PEERS]!;
    hashes[(i * 7919) % TORRENTS]!.copy(bytes, 16);
    answers.request.address.writeUInt32BE(0x0a000000 + (i % PEERS));
    answers.write(bytes, bytes.length, timeOf(i), reply);
  });
}

const tracker = filledTracker();
for (const scenario of scenarios()) {
  const http = overHttp(tracker, scenario);
  const udp = overUdp(tracker, scenario);
  process.stdout.write(`${scenario.name.padEnd(34)} HTTP ${http}   UDP ${udp}\n`);
}
