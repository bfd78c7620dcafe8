// Runs `anatomic get`: downloads a torrent, planted or of any other tracker.

import { resolve } from 'node:path';
import { readTorrentArgument, type TorrentArgument } from '../../shared/network/torrent-argument.ts';
import { formatSize } from '../../shared/platform/amounts.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { readLayout } from '../../shared/protocol/torrent/metainfo.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';
import { readGoal, TRANSFER_OPTIONS } from '../transfer/options.ts';
import { selectFiles, shownPath } from '../transfer/selection.ts';
import { type Surroundings, surround, transfer } from '../transfer/surroundings.ts';

const OPTIONS = defineOptions({
  command: 'anatomic get',
  summary:
    'Downloads a torrent: from the nodes that carry it, as supernodes know them, and from the trackers that it names. TORRENT is a ' +
    '.torrent, a magnet link or an info hash. What is on the disk already is verified and not loaded again. Exit code 0: all is ' +
    'there, 1: failure, 3: gave up, 130: interrupted before.',
  positionals: { name: 'TORRENT', min: 1, max: 1 },
  options: {
    output: {
      kind: 'path',
      valueName: 'DIR',
      group: 'Files',
      help: 'Where to put it. The present folder when left out.',
    },
    file: {
      kind: 'text',
      valueName: 'PATTERN',
      isRepeatable: true,
      group: 'Files',
      help: 'Only this file of the torrent: its number in --list, or its path, in which * stands for anything.',
    },
    list: { kind: 'boolean', group: 'Files', help: 'List the files of the torrent, and download nothing.' },
    sequential: { kind: 'boolean', group: 'Files', help: 'From the beginning on, to look at it meanwhile.' },
    seed: { kind: 'boolean', group: 'Seeding', help: 'Seed afterwards, until Ctrl-C. --ratio and --time seed too.' },
    giveUp: { kind: 'duration', min: '1s', group: 'Network', help: 'End when nothing has come for so long.' },
    ...TRANSFER_OPTIONS,
  },
});

/** Returns the exit code. Throws UsageError for wrong options, PublicError for what cannot be downloaded. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides);
  const command = readCommand(OPTIONS, { argv, environment, out: surroundings.out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const goal = readGoal(config);
  const torrent = await readTorrentArgument(positionals[0]!);
  if (config.list && torrent.file !== undefined) {
    surroundings.out(listText(torrent.file.bytes));
    return 0;
  }
  const plan = {
    torrent,
    folder: resolve(surroundings.folder, config.output ?? '.'),
    isSeed: false,
    isSequential: config.sequential,
    select: selector(torrent, config.file),
    onMetainfo: config.list ? (bytes: Uint8Array) => surroundings.out(listText(bytes)) : undefined,
    seeding: goal ?? (config.seed ? {} : undefined),
    giveUpMs: config.giveUpMs,
  };
  return transfer(plan, config, environment, surroundings);
}

/** A pattern that matches nothing fails at once where the files are known. */
function selector({ file }: TorrentArgument, patterns: readonly string[]) {
  const select = (files: readonly StoredFile[]) => selectFiles(files, patterns);
  if (file !== undefined) select(realFiles(file.bytes));
  return select;
}

function listText(torrent: Uint8Array): string {
  return realFiles(torrent)
    .map(
      (file, index) =>
        `${`${index + 1}`.padStart(5)}  ${formatSize(file.length).padStart(10)}  ${printable(shownPath(file))}\n`,
    )
    .join('');
}

function realFiles(torrent: Uint8Array): StoredFile[] {
  return readLayout(torrent).filter(({ isPadding }) => !isPadding);
}
