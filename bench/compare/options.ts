// The flags of `npm run bench`.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { UsageError } from '../../shared/errors.ts';
import { MODES, type Mode, type Workload } from '../load/workload.ts';
import { WORKLOADS } from './plan.ts';
import { CONTENDERS, type Contender } from './servers/contenders.ts';

export interface BenchOptions {
  readonly contenders: readonly Contender[];
  readonly workloads: readonly Workload[];
  readonly modes: readonly Mode[];
  /** Counted time of each measurement. */
  readonly seconds: number;
  readonly runs: number;
  /** Announces under way at once. */
  readonly inFlight: number;
  /** The server on one core and the load program on another. */
  readonly isPinned: boolean;
  readonly writesDocs: boolean;
}

const MAX_SECONDS = 600;
const MAX_RUNS = 100;
/** 250 small packets are what the receive buffer of a UDP socket holds by default; beyond it losses measure the kernel. */
const MAX_IN_FLIGHT = 250;

const NAMES = [...CONTENDERS, ...WORKLOADS].map((item) => item.name).concat(MODES);

export const USAGE = `Measures announces side by side with other trackers, each on its own, in interleaved runs.

  npm run bench -- [flags]

  --seconds N     counted seconds of each measurement (5)
  --runs N        runs, of which the median is shown (3)
  --only WORDS    comma-separated names; of each kind that is named, only those (repeatable):
                  trackers   ${CONTENDERS.map((contender) => contender.name).join(' ')}
                  workloads  ${WORKLOADS.map((workload) => workload.name).join(' ')}
                  modes      ${MODES.join(' ')}
  --in-flight N   announces under way at once (100)
  --no-pin        do not bind the tracker to one core and the load to another
  --write         write docs/benchmark.md and docs/benchmark.svg too
`;

/** Throws UsageError; undefined when only help was asked for. */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const flags = parseFlags(argv);
  if (flags.help) return undefined;
  const only = new Set(flags.only.flatMap((words) => words.split(',')));
  const unknown = [...only].find((word) => !NAMES.includes(word));
  if (unknown !== undefined) throw new UsageError(`--only: there is no '${unknown}'; known: ${NAMES.join(', ')}`);
  return {
    contenders: chosen(CONTENDERS, (contender) => contender.name, only),
    workloads: chosen(WORKLOADS, (workload) => workload.name, only),
    modes: chosen(MODES, (mode) => mode, only),
    seconds: readCount('--seconds', flags.seconds, MAX_SECONDS),
    runs: readCount('--runs', flags.runs, MAX_RUNS),
    inFlight: readCount('--in-flight', flags['in-flight'], MAX_IN_FLIGHT),
    isPinned: flags.pin && availableParallelism() > 1,
    writesDocs: flags.write,
  };
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        seconds: { type: 'string', default: '5' },
        runs: { type: 'string', default: '3' },
        only: { type: 'string', multiple: true, default: [] },
        'in-flight': { type: 'string', default: '100' },
        pin: { type: 'boolean', default: true },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen<T>(items: readonly T[], nameOf: (item: T) => string, only: ReadonlySet<string>): readonly T[] {
  const named = items.filter((item) => only.has(nameOf(item)));
  return named.length > 0 ? named : items;
}

function readCount(flag: string, text: string, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > max) throw new UsageError(`${flag}: must be a whole number from 1 to ${max}, not '${text}'`);
  return count;
}
