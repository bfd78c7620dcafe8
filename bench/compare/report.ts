// The whole report, for the terminal and as docs/benchmark.md.

import { asMarkdown, asText } from '../shared/tables.ts';
import type { BenchOptions } from './options.ts';
import type { Cell, MemoryCell } from './summary.ts';
import { memoryTable, speedSections } from './tables.ts';

export interface Report {
  readonly machine: string;
  readonly versions: readonly string[];
  readonly options: BenchOptions;
  readonly cells: readonly Cell[];
  readonly memory: readonly MemoryCell[];
}

export function textReport(report: Report): string {
  const parts = speedSections(report.cells).map((section) => `${section.title}\n${asText(section.table)}`);
  parts.push(`Memory\n${asText(memoryTable(report.memory))}`);
  return `${[`${report.machine}\n${report.versions.join('; ')}\n${conditions(report.options)}`, ...parts].join('\n\n')}\n`;
}

export function markdownReport(report: Report): string {
  const parts = speedSections(report.cells).map((section) => `### ${section.title}\n\n${asMarkdown(section.table)}`);
  return `# Benchmark

Written by \`npm run bench -- --write\`. Read the numbers as ratios: machines differ.

* Machine: ${report.machine}
* Versions: ${report.versions.join('; ')}
* ${conditions(report.options)}

![Announces per second of server CPU](benchmark.svg)

Every answer is checked. Every peer is a leecher, numwant is 50. *CPU each* is user and system time of all threads of the
server. *Our speed* is our announces/s divided by theirs, *our CPU gain* their CPU divided by ours: above 1 ours is better.
Where the load program is busier than the server, only the CPU counts. Latencies are those under full load. opentracker
counts the asking peer among its peers, closes every HTTP connection, and looks each torrent up in a whitelist.

## Speed

${parts.join('\n\n')}

## Memory

Growth of resident memory while the peers are filled in, after ten peers of one torrent have announced for a while: what a
runtime takes for itself once it works is not counted as peers, for no tracker.

${asMarkdown(memoryTable(report.memory))}
`;
}

function conditions(options: BenchOptions): string {
  const cores = options.isPinned ? 'tracker on one core, load program on another' : 'cores not bound';
  return `Median of ${options.runs} interleaved runs of ${options.seconds} s, ${options.inFlight} announces under way at once, ${cores}`;
}
