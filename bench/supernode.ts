// `npm run bench:supernode`: what a supernode costs that knows few torrents, and many.

import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../shared/errors.ts';
import { compileLoadProgram, listHashes } from './load/load-program.ts';
import { describeMachine } from './shared/machine.ts';
import { isInstalled } from './supernode/databases.ts';
import { BenchNodes } from './supernode/nodes.ts';
import { readOptions, type SupernodeBenchOptions, USAGE } from './supernode/options.ts';
import { Planted } from './supernode/planted.ts';
import { markdownReport, textReport } from './supernode/report.ts';
import { type CatchUp, catchUp, type Visit, visit, visitEmpty, visitFixed } from './supernode/visit.ts';

const DOCUMENT = join(import.meta.dirname, '../docs/benchmark-supernode.md');
const AWAKE_MS = 60_000;

async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  // Child processes do not keep this one waiting.
  const awake = setInterval(() => undefined, AWAKE_MS);
  const [loadBefore = 0] = loadavg();
  const results = await measure(options).finally(() => clearInterval(awake));
  const [loadAfter = 0] = loadavg();
  const report = { machine: await describeMachine(), loadBefore, loadAfter, options, ...results };
  process.stdout.write(textReport(report));
  if (options.writesDocs) await writeFile(DOCUMENT, markdownReport(report));
}

async function measure(options: SupernodeBenchOptions) {
  const { sizes, seconds, catchUpTorrents } = options;
  await compileLoadProgram();
  const most = Math.max(...sizes, catchUpTorrents);
  tell(`signing ${most} plants, unless they are kept from before`);
  const workload = { name: 'all', torrents: most, peersPerTorrent: 1, isFillOnly: false };
  const planted = await Planted.of((await listHashes(workload)).trimEnd().split('\n'));
  const idle = await BenchNodes.start([]);
  try {
    const fixed = [await visitFixed(seconds)];
    const emptyBytes = await visitEmpty(idle, planted);
    const visits = await visitAll(options, planted);
    fixed.push(await visitFixed(seconds));
    return { visits, fixed, emptyBytes, catchUp: await catchUpIfWanted(idle, planted, catchUpTorrents) };
  } finally {
    await idle.stop();
  }
}

async function visitAll({ sizes, engines, seconds }: SupernodeBenchOptions, planted: Planted): Promise<Visit[]> {
  const visits: Visit[] = [];
  const installed = engines.filter((engine) => {
    if (!isInstalled(engine)) tell(`${engine} is not installed: left out`);
    return isInstalled(engine);
  });
  for (const torrents of sizes) {
    const nodes = await BenchNodes.start(planted.hashes.slice(0, torrents));
    try {
      for (const engine of installed) {
        tell(`${torrents} torrents on ${engine}`);
        visits.push(await visit(engine, nodes, planted, torrents, seconds));
      }
    } finally {
      await nodes.stop();
    }
  }
  return visits;
}

async function catchUpIfWanted(nodes: BenchNodes, planted: Planted, torrents: number): Promise<CatchUp | undefined> {
  if (torrents === 0) return undefined;
  tell(`a new supernode learns ${torrents} torrents`);
  return catchUp(nodes, planted, torrents);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
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
