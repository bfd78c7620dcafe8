// `npm run bench`: our node side by side with other trackers, over the wire.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../shared/errors.ts';
import { type Visit, visit } from './compare/measure.ts';
import { type BenchOptions, readOptions, USAGE } from './compare/options.ts';
import { workloadTitle } from './compare/plan.ts';
import { drawPlot } from './compare/plot.ts';
import { markdownReport, textReport } from './compare/report.ts';
import { type Contender, OURS } from './compare/servers/contenders.ts';
import { summarise, summariseMemory } from './compare/summary.ts';
import { compileLoadProgram } from './load/load-program.ts';
import { describeMachine } from './shared/machine.ts';

const DOCS = join(import.meta.dirname, '../docs');

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  await compileLoadProgram();
  const installed = await installedContenders(options.contenders);
  const visits = await visitAll({ ...options, contenders: installed.map(({ contender }) => contender) });
  const report = {
    machine: await describeMachine(),
    versions: [...new Set(installed.map(({ version }) => version))],
    options,
    cells: summarise(visits, OURS),
    memory: summariseMemory(visits),
  };
  process.stdout.write(textReport(report));
  if (options.writesDocs) {
    await writeFile(join(DOCS, 'benchmark.md'), markdownReport(report));
    await writeFile(join(DOCS, 'benchmark.svg'), drawPlot(report.cells));
  }
  return 0;
}

async function installedContenders(
  contenders: readonly Contender[],
): Promise<{ contender: Contender; version: string }[]> {
  const found: { contender: Contender; version: string }[] = [];
  for (const contender of contenders) {
    const version = await contender.version();
    if (version === undefined) process.stderr.write(`${contender.title} is not installed: left out\n`);
    else found.push({ contender, version });
  }
  return found;
}

/** Trackers take turns within each run, so that a slow minute of the machine meets all of them. */
async function visitAll(options: BenchOptions): Promise<Visit[]> {
  const visits: Visit[] = [];
  for (let run = 1; run <= options.runs; run++) {
    for (const workload of options.workloads) {
      if (workload.isFillOnly && run > 1) continue;
      for (const contender of options.contenders) {
        if (workload.isFillOnly && contender.isSlow) continue;
        process.stderr.write(`run ${run} of ${options.runs}: ${workloadTitle(workload)}: ${contender.title}\n`);
        visits.push(await visit(contender, workload, run, options));
      }
    }
  }
  return visits;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(
    isUsage ? `${error.message}\nTry --help.\n` : `${error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
