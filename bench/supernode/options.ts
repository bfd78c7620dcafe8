// The flags of `npm run bench:supernode`.

import { parseArgs } from 'node:util';
import { UsageError } from '../../shared/errors.ts';

export const ENGINES = ['sqlite', 'postgres'] as const;
export type Engine = (typeof ENGINES)[number];

export interface SupernodeBenchOptions {
  readonly sizes: readonly number[];
  readonly engines: readonly Engine[];
  /** Counted time of each measurement. */
  readonly seconds: number;
  /** Torrents of the largest size that another supernode catches up with. */
  readonly catchUpTorrents: number;
  readonly writesDocs: boolean;
}

const DEFAULT_SIZES = '10000,100000,1000000';
const MAX_SIZE = 4_000_000;
const MAX_SECONDS = 600;

export const USAGE = `Measures a supernode that knows few torrents and many, over HTTP.

  npm run bench:supernode -- [flags]

  --sizes LIST      comma-separated numbers of torrents (${DEFAULT_SIZES})
  --engines LIST    of the database: ${ENGINES.join(',')}
  --seconds N       counted seconds of each measurement (5)
  --catch-up N      torrents that a new supernode learns from another one (100000); 0: none
  --write           write docs/benchmark-supernode.md too
`;

/** Throws UsageError; undefined when only help was asked for. */
export function readOptions(argv: readonly string[]): SupernodeBenchOptions | undefined {
  const flags = parseFlags(argv);
  if (flags.help) return undefined;
  const engines = flags.engines.split(',');
  const unknown = engines.find((name) => !ENGINES.some((engine) => engine === name));
  if (unknown !== undefined) throw new UsageError(`--engines: there is no '${unknown}'; known: ${ENGINES.join(', ')}`);
  return {
    sizes: flags.sizes.split(',').map((text) => readCount('--sizes', text, 1, MAX_SIZE)),
    engines: ENGINES.filter((engine) => engines.includes(engine)),
    seconds: readCount('--seconds', flags.seconds, 1, MAX_SECONDS),
    catchUpTorrents: readCount('--catch-up', flags['catch-up'], 0, MAX_SIZE),
    writesDocs: flags.write,
  };
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        sizes: { type: 'string', default: DEFAULT_SIZES },
        engines: { type: 'string', default: ENGINES.join(',') },
        seconds: { type: 'string', default: '5' },
        'catch-up': { type: 'string', default: '100000' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readCount(flag: string, text: string, min: number, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (count < min || count > max) throw new UsageError(`${flag}: must be numbers from ${min} to ${max}, not '${text}'`);
  return count;
}
