// The options of a supernode that are about nodes that die: when, and what is done about the torrents that they carried.

import type { OptionSpecs } from '../shared/platform/option-table.ts';

const GROUP = 'Healing';

export const healingOptions = {
  deadAfter: {
    kind: 'duration',
    default: '10m',
    min: '500ms',
    max: '1d',
    group: GROUP,
    help: 'Silence after which a node counts as dead if two thirds of the supernodes agree; twice that for one alone.',
  },
  healDelay: {
    kind: 'duration',
    default: '90s',
    min: '100ms',
    max: '1d',
    group: GROUP,
    help: 'How much longer each supernode ranked for a torrent waits than the one before it.',
  },
  healsPerMinute: {
    kind: 'integer',
    default: 1200,
    min: 1,
    max: 60_000,
    group: GROUP,
    help: 'Torrents that this supernode has planted anew in a minute at most.',
  },
  trimAfter: {
    kind: 'duration',
    default: '24h',
    min: '100ms',
    max: '365d',
    group: GROUP,
    help: 'How long a carrier too many is kept.',
  },
  brakeWindow: {
    kind: 'duration',
    default: '1h',
    min: '1s',
    max: '1d',
    group: GROUP,
    help: 'When more than a tenth of the nodes (of fewer than 20: more than 2) fell within this time, nothing is healed until an operator confirms.',
  },
} as const satisfies OptionSpecs;
