// How fast torrents are made, beside mktorrent: `node bench/create.ts [MiB]`, 1024 MiB when left out. Files are read from the
// page cache, so that the disk does not count. Prints MiB/s, the best of some runs: of whole commands, and of our hashing alone,
// since the runtime takes its time to start. At last the most memory that a run of ours took.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listContent } from '../planter/content.ts';
import { hashPieces } from '../planter/create/hash-pieces.ts';
import { layOut } from '../planter/create/layout.ts';

const MIB = 1024 * 1024;
const RUNS = 3;
const PIECE_EXPONENT = 20;
const COMMAND = fileURLToPath(new URL('../bin/anatomic.ts', import.meta.url));
const MAX_RSS = /Maximum resident set size \(kbytes\): (\d+)/;

const size = Number(process.argv[2] ?? 1024);
const folder = mkdtempSync(join(tmpdir(), 'anatomic-bench-'));
try {
  const file = writeContent(join(folder, 'content'), size);
  const threads = availableParallelism();
  const flags = ['create', file, '--force', '--output', join(folder, 'ours.torrent'), '--piece-length', '1MiB'];
  const contenders: readonly (readonly [string, string, readonly string[]])[] = [
    [
      `mktorrent, ${threads} threads`,
      'mktorrent',
      ['-l', `${PIECE_EXPONENT}`, '-t', `${threads}`, '-o', 'theirs.torrent', file],
    ],
    ['anatomic, version 1', process.execPath, [COMMAND, ...flags]],
    ['anatomic, version 1, 1 thread', process.execPath, [COMMAND, ...flags, '--threads', '1']],
    ['anatomic, version 2', process.execPath, [COMMAND, ...flags, '--torrent-version', 'v2']],
    ['anatomic, hybrid', process.execPath, [COMMAND, ...flags, '--torrent-version', 'hybrid']],
  ];
  for (const [name, command, args] of contenders) {
    print(name, Math.min(...Array.from({ length: RUNS }, () => time(command, args))));
  }
  const { files } = await listContent(file);
  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    const layout = layOut(files, MIB, version);
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      await hashPieces(layout);
      best = Math.min(best, (performance.now() - start) / 1000);
    }
    print(`hashing alone, ${version}`, best);
  }
  const memory = maxMemory([COMMAND, ...flags]);
  if (memory !== undefined) process.stdout.write(`most memory, version 1            ${memory.toFixed(0)} MiB\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function print(name: string, seconds: number): void {
  process.stdout.write(`${name.padEnd(32)} ${(size / seconds).toFixed(0).padStart(6)} MiB/s\n`);
}

/** Bytes that differ from piece to piece, without the time that chance takes. */
function writeContent(path: string, mebibytes: number): string {
  const descriptor = openSync(path, 'w');
  const chunk = Buffer.alloc(MIB, 'anatomic');
  for (let index = 0; index < mebibytes; index++) {
    chunk.writeUInt32BE(index);
    writeSync(descriptor, chunk);
  }
  return path;
}

function time(command: string, args: readonly string[]): number {
  rmSync(join(folder, 'theirs.torrent'), { force: true });
  const start = performance.now();
  execFileSync(command, args, { cwd: folder, stdio: 'ignore' });
  return (performance.now() - start) / 1000;
}

/** MiB; undefined where GNU time is not installed. */
function maxMemory(args: readonly string[]): number | undefined {
  const { stderr } = spawnSync('/usr/bin/time', ['-v', process.execPath, ...args], { encoding: 'utf8' });
  const kibibytes = MAX_RSS.exec(stderr ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}
