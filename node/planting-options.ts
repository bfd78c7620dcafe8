// The options of a node that are about what is planted on it, and whose node it is.

import type { OptionSpecs } from '../shared/platform/option-table.ts';

export const plantingOptions = {
  unusedAfter: {
    kind: 'duration',
    default: '24h',
    min: '1s',
    max: '365d',
    group: 'Tracker',
    help: 'A planted torrent that nobody has announced within this time is given up.',
  },
  operatorKey: {
    kind: 'path',
    group: 'Federation',
    help: 'Key of the operator, the same for all nodes of one; made when there is none. No torrent is given to two of them while others are there.',
  },
} as const satisfies OptionSpecs;
