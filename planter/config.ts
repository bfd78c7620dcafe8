// What a user can set for planting.

import { NETWORK_OPTIONS } from '../shared/network/network-options.ts';
import type { OptionSpecs } from '../shared/platform/option-table.ts';
import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import { MAX_COPIES } from '../shared/protocol/records/statements.ts';
import { CREATE_OPTIONS } from './create/options.ts';

/** Torrents that a command for planted ones takes at once. */
export const MAX_TORRENTS = 10_000;
const MAX_PATHS = 100_000;
/** Torrents that are worked on at the same time. */
export const JOBS = 8;
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
      default: JOBS,
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
