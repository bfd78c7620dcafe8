// What a user can set for transfers, in `anatomic get` and `anatomic seed` alike.

import { UsageError } from '../../shared/errors.ts';
import { NETWORK_OPTIONS } from '../../shared/network/network-options.ts';
import type { OptionSpecs } from '../../shared/platform/option-table.ts';
import { type ConfigOf, defineOptions } from '../../shared/platform/options.ts';
import type { PortRange } from '../engine/engine.ts';

export const TRANSFER_OPTIONS = {
  ...NETWORK_OPTIONS,
  port: {
    kind: 'text',
    valueName: 'PORT|FIRST-LAST',
    default: '6881-6889',
    group: 'Network',
    help: 'TCP port for peers: one, the first free one of a range, or 0 for any.',
  },
  dht: { kind: 'boolean', group: 'Network', help: 'Look in the Mainline DHT as well: for supernodes, and for peers.' },
  trackersOnly: { kind: 'boolean', group: 'Network', help: 'Take peers from trackers only, not from other peers.' },
  downloadLimit: { kind: 'size', min: '1KiB', group: 'Rates', help: 'Download at most this much per second.' },
  uploadLimit: { kind: 'size', min: '1KiB', group: 'Rates', help: 'Upload at most this much per second.' },
  ratio: {
    kind: 'text',
    valueName: 'N',
    group: 'Seeding',
    help: 'Seed until N times the size was uploaded, such as 1.5.',
  },
  time: { kind: 'duration', min: '1s', group: 'Seeding', help: 'Seed for so long.' },
  quiet: { kind: 'boolean', group: 'Output', help: 'No progress, only errors and the result.' },
  json: { kind: 'boolean', group: 'Output', help: 'Print one JSON object per line for each thing that happens.' },
} as const satisfies OptionSpecs;

const transferOptions = defineOptions({ command: '', summary: '', options: TRANSFER_OPTIONS });

export type TransferConfig = ConfigOf<typeof transferOptions>;

/** When seeding ends; without either only when the user says so. */
export interface SeedingGoal {
  readonly ratio?: number;
  readonly timeMs?: number;
}

const MAX_PORT = 65_535;

/** undefined when neither was set. Throws UsageError. */
export function readGoal({ ratio, timeMs }: Pick<TransferConfig, 'ratio' | 'timeMs'>): SeedingGoal | undefined {
  if (ratio === undefined && timeMs === undefined) return undefined;
  if (ratio !== undefined && !/^\d{1,6}(?:\.\d{1,6})?$/.test(ratio)) {
    throw new UsageError(`--ratio ${ratio}: expected a number such as 1.5`);
  }
  return {
    ...(ratio === undefined ? {} : { ratio: Number(ratio) }),
    ...(timeMs === undefined ? {} : { timeMs }),
  };
}

/** Throws UsageError for what is neither a port nor a range. */
export function readPorts(text: string): PortRange {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === undefined || range.last > MAX_PORT || range.first > range.last) {
    throw new UsageError(`--port ${text}: expected a port or a range such as 6881-6889`);
  }
  return range;
}
