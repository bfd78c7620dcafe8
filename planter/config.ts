// What a user can set for planting.

import { UsageError } from '../shared/errors.ts';
import { NETWORK_OPTIONS } from '../shared/network/network-options.ts';
import type { OptionSpecs } from '../shared/platform/option-table.ts';
import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import { MAX_COPIES } from '../shared/protocol/statements.ts';
import type { CreateWish } from './create/create.ts';

const MAX_PATHS = 100_000;
const MAX_JOBS = 64;

/** Which key and which network: the same in all commands that sign. */
export const PLANTER_OPTIONS = {
  ...NETWORK_OPTIONS,
  key: {
    kind: 'path',
    valueName: 'FILE',
    group: 'Network',
    help: 'Your key, made at first use. Only it can plant anew or uproot.',
  },
} as const satisfies OptionSpecs;

/** How a torrent is made of a file or folder. */
export const CREATE_OPTIONS = {
  torrentVersion: {
    kind: 'choice',
    choices: ['v1', 'v2', 'hybrid'],
    default: 'v1',
    group: 'Making torrents',
    help: 'Version of a torrent that is made; v1 works everywhere, hybrid is both (BEP 52).',
  },
  pieceLength: {
    kind: 'size',
    min: '16KiB',
    max: '64MiB',
    group: 'Making torrents',
    help: 'A power of two; chosen by size when left out.',
  },
  private: {
    kind: 'boolean',
    group: 'Making torrents',
    help: 'Mark it private: clients ask its trackers only. Nobody is kept out by that.',
  },
  source: {
    kind: 'text',
    group: 'Making torrents',
    help: 'A text within info that tells the same files of different places apart.',
  },
  comment: { kind: 'text', group: 'Making torrents', help: 'A comment for people.' },
  webSeed: {
    kind: 'url',
    isRepeatable: true,
    group: 'Making torrents',
    help: 'URL of a web server that has the files as well (BEP 19).',
  },
  threads: {
    kind: 'integer',
    min: 1,
    max: 64,
    group: 'Making torrents',
    help: 'How many threads hash; one per processor when left out.',
  },
} as const satisfies OptionSpecs;

export const planterOptions = defineOptions({
  command: 'anatomic plant',
  summary:
    'Plants torrents: has nodes of the network carry them, and writes their announce URLs into the .torrent file. PATH is a ' +
    'file or folder, for which NAME.torrent is made beside it; an existing .torrent, which is rewritten (its info hash never ' +
    'changes); or a magnet link or info hash, which is planted without a file. Without a PATH a terminal is asked.',
  positionals: { name: 'PATH', min: 0, max: MAX_PATHS },
  options: {
    ...PLANTER_OPTIONS,
    freshKey: {
      kind: 'boolean',
      group: 'Network',
      help: 'Plant each torrent with a key of its own, kept beside yours: nobody can tell that they are of one planter.',
    },
    copies: {
      kind: 'integer',
      min: 1,
      max: MAX_COPIES,
      default: 3,
      group: 'Torrent',
      help: 'How many nodes shall carry it.',
    },
    portable: {
      kind: 'boolean',
      group: 'Torrent',
      help: 'Write only supernodes, which send clients on to whichever nodes carry the torrent: the file never ages.',
    },
    allowPrivate: {
      kind: 'boolean',
      group: 'Torrent',
      help: 'Plant private torrents too, although anybody may announce to them on this network.',
    },
    output: { kind: 'path', valueName: 'FILE', group: 'Torrent', help: 'Write the .torrent here. For a single PATH.' },
    ...CREATE_OPTIONS,
    jobs: {
      kind: 'integer',
      min: 1,
      max: MAX_JOBS,
      default: 8,
      group: 'Batch',
      help: 'How many torrents are planted at the same time.',
    },
    resume: {
      kind: 'boolean',
      group: 'Batch',
      help: 'Leave out every PATH that was planted within the last day.',
    },
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

export type PlanterConfig = ConfigOf<typeof planterOptions>;

const createOptions = defineOptions({ command: '', summary: '', options: CREATE_OPTIONS });

/** How the user wants torrents made. */
export function readCreateWish(config: ConfigOf<typeof createOptions>): CreateWish {
  const { torrentVersion, pieceLengthBytes, private: isPrivate, source, comment, webSeed, threads } = config;
  if (pieceLengthBytes !== undefined && !Number.isInteger(Math.log2(pieceLengthBytes))) {
    throw new UsageError('--piece-length: expected a power of two, such as 256KiB');
  }
  return {
    version: torrentVersion,
    pieceLength: pieceLengthBytes,
    isPrivate,
    source,
    comment,
    webSeeds: webSeed,
    threads,
  };
}
