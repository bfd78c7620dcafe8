// Compiles and runs the load program (the C files beside this one).

import { execFile } from 'node:child_process';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Mode, Workload } from './workload.ts';

const run = promisify(execFile);

const SOURCE_FOLDER = import.meta.dirname;
const BUILD_FOLDER = join(import.meta.dirname, '../../build');
const PROGRAM = join(BUILD_FOLDER, 'bench-load');
const COMPILER_FLAGS = ['-std=c17', '-O2', '-Wall', '-Wextra', '-Werror'];
/** A program that has not ended this long after its time is killed. */
const GRACE_MS = 10_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What the program prints; counts and CPU times are those of the counted part. */
export interface LoadResult {
  readonly seconds: number;
  readonly isFilled: boolean;
  readonly answers: number;
  /** In all answers together. */
  readonly peers: number;
  readonly refused: number;
  readonly malformed: number;
  readonly broken: number;
  readonly lost: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** User and system time of all threads of the server. */
  readonly serverCpuSeconds: number;
  readonly loadCpuSeconds: number;
}

/** What is asked, and what counts as an answer: peers, a way to another server, or carriers. */
export type Question = 'announce' | 'redirect' | 'lookup';

export interface LoadOrder {
  readonly mode: Mode;
  /** `announce` when left out. */
  readonly question?: Question;
  readonly workload: Workload;
  /** Announce every peer once instead of random ones until the time is over. */
  readonly isFill: boolean;
  readonly port: number;
  readonly serverPid: number;
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly limitMs: number;
  readonly seed: number;
}

/** Needs `cc`; throws with the compiler's words when it refuses. */
export async function compileLoadProgram(): Promise<void> {
  const sources = (await readdir(SOURCE_FOLDER)).filter((name) => name.endsWith('.c')).sort();
  await mkdir(BUILD_FOLDER, { recursive: true });
  // Renamed at the end, so that whoever runs it meanwhile keeps the old one.
  const fresh = `${PROGRAM}.${process.pid}`;
  await run('cc', [...COMPILER_FLAGS, ...sources.map((name) => join(SOURCE_FOLDER, name)), '-o', fresh]);
  await rename(fresh, PROGRAM);
}

/** Info hashes of the workload's torrents in hex, one a line. */
export async function listHashes(workload: Workload): Promise<string> {
  const args = ['--list-hashes', '--torrents', String(workload.torrents)];
  return (await run(PROGRAM, args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

/** `prefix` is put before its command: ['taskset', '-c', '1']. */
export async function runLoad(order: LoadOrder, prefix: readonly string[]): Promise<LoadResult> {
  const values = {
    mode: order.mode,
    question: order.question ?? 'announce',
    torrents: order.workload.torrents,
    peers: order.workload.peersPerTorrent,
    port: order.port,
    'server-pid': order.serverPid,
    'in-flight': order.inFlight,
    'warm-up-ms': order.warmUpMs,
    'limit-ms': order.limitMs,
    seed: order.seed,
  };
  const flags = Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = [...prefix, PROGRAM, ...flags, ...(order.isFill ? ['--fill'] : [])];
  const timeout = order.warmUpMs + order.limitMs + GRACE_MS;
  const { stdout } = await run(command[0] ?? PROGRAM, command.slice(1), { timeout, killSignal: 'SIGKILL' });
  return JSON.parse(stdout) as LoadResult;
}
