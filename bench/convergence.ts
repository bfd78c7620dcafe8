// `npm run bench:convergence`: how soon a network of real processes agrees, and is whole again after a death.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../shared/errors.ts';
import { markdownReport, textReport } from './convergence/report.ts';
import { measureConvergence } from './convergence/run.ts';
import { DEFAULT_TIMES, FAST_TIMES } from './convergence/times.ts';
import { describeMachine } from './shared/machine.ts';

const USAGE = `Usage: npm run bench:convergence -- [--fast] [--write]

Starts three networks on loopback, breaks them, and prints how long it takes until they agree and are whole again.

  --fast   shorter intervals: three and a half minutes instead of fifteen
  --write  write docs/convergence.md
`;

const AWAKE_MS = 60_000;
const DOCUMENT = join(import.meta.dirname, '../docs/convergence.md');

async function main(argv: readonly string[]): Promise<void> {
  const flags = readFlags(argv);
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const times = flags.fast ? FAST_TIMES : DEFAULT_TIMES;
  // Child processes do not keep this one waiting.
  const awake = setInterval(() => undefined, AWAKE_MS);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const results = await measureConvergence(times, tell).finally(() => clearInterval(awake));
  const report = { machine: await describeMachine(), times, ...results };
  process.stdout.write(textReport(report));
  if (flags.write) await writeFile(DOCUMENT, markdownReport(report));
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        fast: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(
    isUsage ? `${error.message}\nTry --help.\n` : `${error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
