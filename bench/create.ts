// How fast torrents are made, beside mktorrent and libtorrent: `npm run bench:create [-- MiB]`, 1024 MiB when left out. Whole
// commands, ours as it is published (`dist`), since users wait for the start of the runtime too. Files are read from the page
// cache, so that the disk does not count. All take turns, so that a busy machine is busy for each: medians of wall and CPU time.

import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Contender {
  readonly name: string;
  readonly line: readonly string[];
}

/** Of one command: seconds, seconds of user and system together, and the most memory that was resident. */
interface Measure {
  readonly wall: number;
  readonly cpu: number;
  readonly mebibytes: number;
}

const MIB = 1024 * 1024;
const RUNS = 7;
const PIECE_EXPONENT = 20;
const COMMAND = fileURLToPath(new URL('../dist/bin/anatomic.js', import.meta.url));
/** Debian's, since its binding is for no other. */
const PYTHON = '/usr/bin/python3';
const LIBTORRENT = `
import libtorrent, os, sys
path, out, piece = sys.argv[1], sys.argv[2], int(sys.argv[3])
v1_only = 64  # a flag that the binding has no name for
files = libtorrent.file_storage()
libtorrent.add_files(files, path)
torrent = libtorrent.create_torrent(files, piece_size=piece, flags=v1_only)
libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
open(out, 'wb').write(libtorrent.bencode(torrent.generate()))
`;
const GNU_TIME = '/usr/bin/time';

const size = Number(process.argv[2] ?? 1024);
const folder = mkdtempSync(join(tmpdir(), 'anatomic-bench-'));
try {
  const contenders = listContenders(writeContent(join(folder, 'content'), size)).filter(isInstalled);
  const measures = new Map(contenders.map((contender) => [contender, [] as Measure[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const [contender, list] of measures) list.push(measure(contender));
  }
  print(measures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function listContenders(file: string): Contender[] {
  const threads = `${availableParallelism()}`;
  const [theirs, ours] = [join(folder, 'theirs.torrent'), join(folder, 'ours.torrent')];
  const mktorrent = ['mktorrent', '-l', `${PIECE_EXPONENT}`, '-o', theirs];
  const anatomic = [process.execPath, COMMAND, 'create', file, '--force', '--output', ours, '--piece-length', '1MiB'];
  return [
    { name: `mktorrent, ${threads} threads`, line: [...mktorrent, '-t', threads, file] },
    { name: 'mktorrent, 1 thread', line: [...mktorrent, '-t', '1', file] },
    { name: 'libtorrent', line: [PYTHON, '-c', LIBTORRENT, file, theirs, `${2 ** PIECE_EXPONENT}`] },
    { name: `anatomic, ${threads} threads`, line: [...anatomic, '--threads', threads] },
    { name: 'anatomic, 1 thread', line: [...anatomic, '--threads', '1'] },
    { name: 'anatomic, version 2', line: [...anatomic, '--torrent-version', 'v2'] },
    { name: 'anatomic, hybrid', line: [...anatomic, '--torrent-version', 'hybrid'] },
  ];
}

function isInstalled({ name, line: [program] }: Contender): boolean {
  const isThere =
    program === PYTHON
      ? spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0
      : spawnSync(program!, ['--version']).error === undefined;
  if (!isThere) process.stderr.write(`${name}: not installed\n`);
  return isThere;
}

/** Bytes that differ from piece to piece, without the time that chance takes. */
function writeContent(path: string, mebibytes: number): string {
  const descriptor = openSync(path, 'w');
  const chunk = Buffer.alloc(MIB, 'anatomic');
  for (let index = 0; index < mebibytes; index++) {
    chunk.writeUInt32BE(index);
    writeSync(descriptor, chunk);
  }
  closeSync(descriptor);
  return path;
}

/** Throws when the command fails, and where GNU time (Debian's package `time`) is not installed. */
function measure({ line }: Contender): Measure {
  rmSync(join(folder, 'theirs.torrent'), { force: true });
  const report = join(folder, 'time');
  const start = performance.now();
  execFileSync(GNU_TIME, ['-f', '%U %S %M', '-o', report, ...line], { stdio: 'ignore' });
  const wall = (performance.now() - start) / 1000;
  const [user = 0, system = 0, kibibytes = 0] = readFileSync(report, 'utf8').split(' ').map(Number);
  return { wall, cpu: user + system, mebibytes: kibibytes / 1024 };
}

/** Shares are of the rate of the first contender. */
function print(measures: ReadonlyMap<Contender, readonly Measure[]>): void {
  const rows = [...measures].map(([{ name }, list]) => ({
    name,
    wall: median(list.map(({ wall }) => wall)),
    cpu: median(list.map(({ cpu }) => cpu)),
    mebibytes: Math.max(...list.map(({ mebibytes }) => mebibytes)),
  }));
  const [first] = rows;
  for (const { name, wall, cpu, mebibytes } of rows) {
    const rate = `${(size / wall).toFixed(0)} MiB/s`.padStart(11);
    const shares = `${(first!.wall / wall).toFixed(2)} of the first, by CPU ${(first!.cpu / cpu).toFixed(2)}`;
    process.stdout.write(
      `${name.padEnd(22)} ${rate}  ${cpu.toFixed(2)} s CPU  ${shares}  ${mebibytes.toFixed(0)} MiB\n`,
    );
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
