// One visit to one supernode: start it over a filled database, wait until it knows who carries what, measure, stop it.

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CHALLENGE_BYTES, pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { startAnatomic } from '../../test/helpers/anatomic.ts';
import { RunningProcess } from '../../test/helpers/running-process.ts';
import { type LoadResult, type Question, runLoad } from '../load/load-program.ts';
import type { Mode } from '../load/workload.ts';
import { freePort } from '../shared/free-port.ts';
import { fillPlace, type Place } from './databases.ts';
import { MeasuredProcess } from './measured-process.ts';
import type { BenchNodes } from './nodes.ts';
import type { Engine } from './options.ts';
import type { Planted } from './planted.ts';
import { type Registrations, register } from './registrations.ts';

const FLAGS = ['--host', '127.0.0.1', '--allow-network', '127.0.0.0/8', '--log-level', 'error'];
const FIXED_REDIRECTS = fileURLToPath(new URL('./fixed-redirects-main.ts', import.meta.url));
const WARM_UP_MS = 1000;
const IN_FLIGHT = 100;
const PEERS_PER_TORRENT = 50;
const LOOK_MS = 200;
/** Until a supernode has pinged all nodes. */
const SETTLE_MS = 3000;
const KNOWN_LIMIT_MS = 600_000;
/** Fewer than a supernode takes of one network at once. */
const MAX_REGISTERED = 20_000;
const REGISTERED_PER_SECOND = 2000;
/** The modes in which redirects are measured. */
export const REDIRECT_MODES = ['keep-alive', 'http'] as const satisfies readonly Mode[];

export interface Visit {
  readonly engine: Engine;
  readonly torrents: number;
  /** Until it listens, with everything in the database read. */
  readonly startSeconds: number;
  /** From then on until it has the catalogues of all nodes. */
  readonly carriersSeconds: number;
  readonly residentBytes: number;
  readonly redirects: readonly LoadResult[];
  readonly lookups: LoadResult;
  readonly registrations: Registrations;
}

export interface CatchUp {
  readonly torrents: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A running supernode and what it keeps. */
class BenchSupernode extends MeasuredProcess {
  readonly startSeconds: number;
  readonly #place: Place;

  private constructor(running: RunningProcess, baseUrl: string, place: Place, startSeconds: number) {
    super(running, baseUrl);
    this.#place = place;
    this.startSeconds = startSeconds;
  }

  static async start(place: Place, flags: readonly string[] = []): Promise<BenchSupernode> {
    const port = await freePort();
    const begun = performance.now();
    const baseUrl = `http://127.0.0.1:${port}`;
    const own = ['--http-port', String(port), '--public-url', baseUrl];
    const running = startAnatomic(['supernode', ...FLAGS, ...own, ...place.flags, ...flags]);
    try {
      await running.line(/^ready$/);
    } catch (error) {
      await place.remove();
      throw error;
    }
    return new BenchSupernode(running, baseUrl, place, (performance.now() - begun) / 1000);
  }

  async id(): Promise<Id> {
    const url = `${this.baseUrl}/v2/ping?challenge=${'0'.repeat(2 * CHALLENGE_BYTES)}`;
    return pongRecord.open(new Uint8Array(await (await fetch(url)).arrayBuffer()), Date.now()).record.author;
  }

  /** Seconds until it knows so many torrents that are planted and, if they are, carried. */
  async untilKnown(torrents: number, what: 'planted' | 'carried'): Promise<number> {
    const begun = performance.now();
    while (performance.now() - begun < KNOWN_LIMIT_MS) {
      const health = (await (await fetch(`${this.baseUrl}/health`)).json()) as Readonly<Record<typeof what, number>>;
      if (health[what] >= torrents) return (performance.now() - begun) / 1000;
      await sleep(LOOK_MS);
    }
    throw new Error(`a supernode does not know all ${torrents} torrents after ${KNOWN_LIMIT_MS / 1000} s`);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.#place.remove();
  }
}

/** The nodes carry the torrents. */
export async function visit(
  engine: Engine,
  nodes: BenchNodes,
  planted: Planted,
  torrents: number,
  seconds: number,
): Promise<Visit> {
  const supernode = await BenchSupernode.start(await fillPlace(engine, nodes.entries, planted, torrents));
  try {
    const carriersSeconds = await supernode.untilKnown(torrents, 'carried');
    const residentBytes = await supernode.residentBytes();
    const redirects: LoadResult[] = [];
    for (const mode of REDIRECT_MODES) redirects.push(await load(supernode, torrents, mode, 'redirect', seconds));
    const lookups = await load(supernode, torrents, 'keep-alive', 'lookup', seconds);
    const registered = Math.min(MAX_REGISTERED, REGISTERED_PER_SECOND * seconds);
    const fresh = Array.from({ length: registered }, (_, index) => freshHash(`${engine} ${torrents} ${index}`));
    const registrations = await register(supernode, await supernode.id(), fresh);
    const { startSeconds } = supernode;
    return { engine, torrents, startSeconds, carriersSeconds, residentBytes, redirects, lookups, registrations };
  } finally {
    await supernode.stop();
  }
}

/** Resident bytes of a supernode that has just started and knows these nodes and no torrent. */
export async function visitEmpty(nodes: BenchNodes, planted: Planted): Promise<number> {
  const supernode = await BenchSupernode.start(await fillPlace('sqlite', nodes.entries, planted, 0));
  try {
    await sleep(SETTLE_MS);
    return await supernode.residentBytes();
  } finally {
    await supernode.stop();
  }
}

/** The plain server, in the modes of REDIRECT_MODES. */
export async function visitFixed(seconds: number): Promise<LoadResult[]> {
  const running = new RunningProcess(process.execPath, [FIXED_REDIRECTS]);
  const [, baseUrl = ''] = await running.line(/^listening (\S+)$/);
  const server = new MeasuredProcess(running, baseUrl);
  try {
    const results: LoadResult[] = [];
    for (const mode of REDIRECT_MODES) results.push(await load(server, 1000, mode, 'redirect', seconds));
    return results;
  } finally {
    await server.stop();
  }
}

/** How long a supernode that knows nothing takes to learn all plants from the feed of another one. */
export async function catchUp(nodes: BenchNodes, planted: Planted, torrents: number): Promise<CatchUp> {
  const teacher = await BenchSupernode.start(await fillPlace('sqlite', nodes.entries, planted, torrents));
  try {
    const place = await fillPlace('sqlite', [], planted, 0);
    const learner = await BenchSupernode.start(place, ['--supernode', teacher.baseUrl]);
    try {
      const seconds = await learner.untilKnown(torrents, 'planted');
      return { torrents, seconds, cpuSeconds: await learner.cpuSeconds() };
    } finally {
      await learner.stop();
    }
  } finally {
    await teacher.stop();
  }
}

async function load(
  server: MeasuredProcess,
  torrents: number,
  mode: Mode,
  question: Question,
  seconds: number,
): Promise<LoadResult> {
  const workload = { name: question, torrents, peersPerTorrent: PEERS_PER_TORRENT, isFillOnly: false };
  const place = { workload, seed: 1, port: server.port, serverPid: server.pid, inFlight: IN_FLIGHT };
  const times = { isFill: false, warmUpMs: WARM_UP_MS, limitMs: seconds * 1000 };
  const result = await runLoad({ ...place, ...times, mode, question }, []);
  if (result.answers === 0) throw new Error(`no ${question} was answered over ${mode}`);
  return result;
}

function freshHash(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}
