// Runs `anatomic announce-list`: brings the trackers in .torrent files up to date. It takes no key: anybody may.

import { PublicError, UsageError } from '../../shared/errors.ts';
import { hintsOf } from '../../shared/network/torrent-argument.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { refreshAnnounceList } from '../announce-list.ts';
import { bounded } from '../bounded.ts';
import { JOBS, MAX_TORRENTS, PLANTER_OPTIONS } from '../config.ts';
import { prepare, type Surroundings, surround, type Tools } from '../surroundings.ts';
import { openTorrentFile } from '../torrent-file.ts';

const { key: _, ...NETWORK } = PLANTER_OPTIONS;

const OPTIONS = defineOptions({
  command: 'anatomic announce-list',
  summary:
    'Brings the announce list of .torrent files up to date: asks supernodes which nodes carry the torrent now, and writes their ' +
    'announce URLs in the place of those in the file. The info hash stays as it is.',
  positionals: { name: 'TORRENT', min: 1, max: MAX_TORRENTS },
  options: {
    ...NETWORK,
    portable: { kind: 'boolean', group: 'Torrent', help: 'Write only supernodes: the file never ages.' },
    output: {
      kind: 'path',
      valueName: 'FILE',
      group: 'Torrent',
      help: 'Write here instead of into the file. For a single TORRENT.',
    },
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

type Outcome = { readonly file: string; readonly trackers: readonly string[] } | { file: string; error: string };

/** Returns the exit code: 0 when every file is up to date, else 1. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides, environment);
  const { out, talk } = surroundings;
  const command = readCommand(OPTIONS, { argv, environment, out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  if (config.output !== undefined && positionals.length > 1) throw new UsageError('--output is for a single TORRENT');
  const tools = prepare({ ...config, key: undefined }, environment, surroundings);
  try {
    const outcomes = await bounded(positionals, JOBS, async (path) => {
      const outcome = await refreshOne(path, config, tools);
      if ('error' in outcome) talk(`failed: ${printable(outcome.error)}\n`);
      return outcome;
    });
    out(config.json ? `${JSON.stringify({ torrents: outcomes }, null, 2)}\n` : toText(outcomes));
    return outcomes.every((outcome) => 'trackers' in outcome) ? 0 : 1;
  } finally {
    await tools.close();
  }
}

async function refreshOne(
  path: string,
  { output, portable }: { readonly output: string | undefined; readonly portable: boolean },
  tools: Tools,
): Promise<Outcome> {
  try {
    const file = await openTorrentFile(path, output);
    const { metainfo } = file;
    const network = await tools.connect(hintsOf(metainfo), undefined, metainfo.hashes);
    const trackers = await refreshAnnounceList(file, network, { isPortable: portable, random: tools.random });
    return { file: file.output, trackers };
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return { file: path, error: error.message.startsWith(path) ? error.message : `${path}: ${error.message}` };
  }
}

function toText(outcomes: readonly Outcome[]): string {
  return outcomes
    .flatMap((outcome) =>
      'trackers' in outcome ? [`${printable(outcome.file)}\n`, ...outcome.trackers.map(indented)] : [],
    )
    .join('');
}

function indented(line: string): string {
  return `  ${line}\n`;
}
