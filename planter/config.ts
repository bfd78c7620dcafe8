// What a user can set for planting.

import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import { MAX_COPIES } from '../shared/protocol/statements.ts';

const MAX_PATHS = 10_000;

export const planterOptions = defineOptions({
  command: 'anatomic plant',
  summary:
    'Plants torrents: has nodes of the network carry them, and writes their announce URLs into the .torrent file. PATH is a ' +
    'file or folder, for which NAME.torrent is made beside it, or an existing .torrent, which is rewritten; its info hash never changes.',
  positionals: { name: 'PATH', min: 1, max: MAX_PATHS },
  options: {
    supernode: {
      kind: 'url',
      isRepeatable: true,
      group: 'Network',
      help:
        'A supernode to plant through, such as http://192.0.2.1:6970. When none is named: those in the torrent, those that ' +
        'worked before, those of the network that `anatomic up` runs in this folder.',
    },
    allowNetwork: {
      kind: 'cidr',
      isRepeatable: true,
      group: 'Network',
      help: 'Network in which nodes may be called although it is not public, such as 192.168.0.0/16.',
    },
    key: {
      kind: 'path',
      valueName: 'FILE',
      group: 'Network',
      help: 'Your key, made at first use. Only it can plant anew or uproot.',
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
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

export type PlanterConfig = ConfigOf<typeof planterOptions>;
