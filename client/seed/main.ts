// Runs `anatomic seed`: gives data that is here to those who download it.

import { dirname, resolve } from 'node:path';
import { PublicError } from '../../shared/errors.ts';
import { readTorrentArgument } from '../../shared/network/torrent-argument.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { readGoal, TRANSFER_OPTIONS } from '../transfer/options.ts';
import { type Surroundings, surround, transfer } from '../transfer/surroundings.ts';

const OPTIONS = defineOptions({
  command: 'anatomic seed',
  summary:
    'Seeds: verifies the data of a .torrent, announces it, and gives it to those who ask, until Ctrl-C or what --ratio or --time say. ' +
    'The data is only read. Exit code 0: it was seeded, 1: failure, such as data that is not right.',
  positionals: { name: 'TORRENT', min: 1, max: 1 },
  options: {
    data: {
      kind: 'path',
      valueName: 'DIR',
      group: 'Files',
      help: "Where the torrent's file or folder lies. The folder of the .torrent when left out.",
    },
    ...TRANSFER_OPTIONS,
  },
});

/** Returns the exit code. Throws UsageError for wrong options, PublicError for what cannot be seeded. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides);
  const command = readCommand(OPTIONS, { argv, environment, out: surroundings.out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const seeding = readGoal(config) ?? {};
  const torrent = await readTorrentArgument(positionals[0]!);
  if (torrent.file === undefined) throw new PublicError('metainfo', 'seeding needs the .torrent itself, not a link');
  const plan = {
    torrent,
    folder: resolve(config.data ?? dirname(positionals[0]!)),
    isSeed: true,
    isSequential: false,
    select: <File>(files: readonly File[]) => new Set(files),
    seeding,
    giveUpMs: undefined,
  };
  return transfer(plan, config, environment, surroundings);
}
