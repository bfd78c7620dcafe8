// What a user can set for making torrents. Apart from the other options: making one needs no network, nor its code.

import { UsageError } from '../../shared/errors.ts';
import type { OptionSpecs } from '../../shared/platform/option-table.ts';
import { type ConfigOf, defineOptions } from '../../shared/platform/options.ts';
import type { CreateWish } from './create.ts';

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
