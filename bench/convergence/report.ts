// The report, for the terminal and as docs/convergence.md.

import { asMarkdown, asText, type Table } from '../shared/tables.ts';
import type { Return } from './deaths.ts';
import { isMet, type Measurement, percentile } from './samples.ts';
import type { Times } from './times.ts';

export interface Report {
  readonly machine: string;
  readonly times: Times;
  readonly measurements: readonly Measurement[];
  readonly comeback: Return;
}

const HEAD = ['event', 'target', 'depends on', 'least', 'p50', 'p99', 'most', 'samples', 'met'];
const WORD_COLUMNS = 3;

export function textReport(report: Report): string {
  return `${report.machine}\n${conditions(report.times)}\n\n${asText(table(report))}\n\n${comebackText(report.comeback)}\n`;
}

export function markdownReport(report: Report): string {
  return `# Convergence

Written by \`npm run bench:convergence -- --write\`: how long it takes until everybody knows what one has learned, and until what broke is whole again.

* Machine: ${report.machine}, which runs all of it
* ${conditions(report.times)}
* ${comebackText(report.comeback)}

${asMarkdown(table(report))}

A time is from the moment at which a client or planter was answered, or a process was ended, to the first answer that shows the change, or to the last redirect to a node that fell; clients ask every 20 ms.
A frozen node (\`SIGSTOP\`) is one whose connections open and stay silent. Of a node that falls, each supernode is a sample; of a node that died, each of its torrents.
Uproots are told to one supernode alone, as if no carrier could be reached by the planter; otherwise planters tell the carriers themselves.
`;
}

function table({ measurements, times }: Report): Table {
  const rows = measurements.map((one) => {
    const { event, target, samplesMs, dependsOn } = one;
    // A target is one of the usual intervals, and says nothing about others.
    const isComparable = !times.isFast || dependsOn.length === 0;
    const met = isMet(one) ? 'yes' : 'no';
    return [
      event,
      target.text,
      dependsOn.join(', ') || '-',
      duration(Math.min(...samplesMs)),
      duration(percentile(samplesMs, 0.5)),
      duration(percentile(samplesMs, 0.99)),
      duration(Math.max(...samplesMs)),
      String(samplesMs.length),
      isComparable ? met : '-',
    ];
  });
  return { wordColumns: WORD_COLUMNS, head: HEAD, rows };
}

function conditions({ isFast, supernodeFlags, cutsMs, absenceMs }: Times): string {
  const intervals = `${supernodeFlags.join(' ')} (${isFast ? 'shortened' : 'the defaults'})`;
  return `3 supernodes and 8 nodes, torrents on 2 nodes each; ${intervals}; cuts of ${cutsMs.map(duration).join(', ')}, absence of ${duration(absenceMs)}`;
}

function comebackText({ torrents, copied, lost }: Return): string {
  const target = copied + lost === 0 ? 'as it should be' : 'not as it should be';
  return `A node that was killed and came back before it counted as dead: ${copied} of its ${torrents} torrents copied, ${lost} lost, ${target}`;
}

/** '35 ms', '4.2 s', '10.4 min' */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}
