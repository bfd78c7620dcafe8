// The results, for the terminal and as docs/benchmark-supernode.md.

import type { LoadResult } from '../load/load-program.ts';
import { MODE_TITLES } from '../load/workload.ts';
import { asMarkdown, asText, spaced, type Table } from '../shared/tables.ts';
import type { SupernodeBenchOptions } from './options.ts';
import { type CatchUp, REDIRECT_MODES, type Visit } from './visit.ts';

export interface SupernodeReport {
  readonly machine: string;
  /** Work that others did on the machine, as its load average before and after. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly options: SupernodeBenchOptions;
  readonly visits: readonly Visit[];
  /** The plain server, in the modes of REDIRECT_MODES; before and after all visits. */
  readonly fixed: readonly (readonly LoadResult[])[];
  /** Resident bytes of a supernode that knows no torrent. */
  readonly emptyBytes: number;
  readonly catchUp: CatchUp | undefined;
}

interface Section {
  readonly title: string;
  readonly text: string;
  readonly table: Table;
}

export function textReport(report: SupernodeReport): string {
  const parts = sectionsOf(report).map(({ title, table }) => `${title}\n${asText(table)}`);
  return `${[`${report.machine}\n${conditions(report)}`, ...parts, verdict(report)].join('\n\n')}\n`;
}

export function markdownReport(report: SupernodeReport): string {
  const parts = sectionsOf(report).map(({ title, text, table }) => `## ${title}\n\n${text}\n\n${asMarkdown(table)}`);
  return `# Benchmark of a supernode

Written by \`npm run bench:supernode -- --write\`. Read the numbers as ratios: machines differ.

* Machine: ${report.machine}
* ${conditions(report)}

Every answer is checked: a redirect must lead to the same request at another server, a look-up must name the torrent and a
carrier, a registration must be accepted. The records are really signed; each torrent has one plant and is carried by two of eight
nodes. *CPU each* is user and system time of all threads of the supernode; that of PostgreSQL is not in it. Where the same was measured
twice, the comparison takes the lower: what others do on the machine only adds.

${verdict(report)}

${parts.join('\n\n')}
`;
}

function sectionsOf(report: SupernodeReport): Section[] {
  const sections = [redirects(report), directoryCalls(report), memory(report)];
  return report.catchUp === undefined ? sections : [...sections, catchingUp(report.catchUp)];
}

function redirects({ visits, fixed }: SupernodeReport): Section {
  const rows = REDIRECT_MODES.flatMap((mode, index) => {
    const plain = cpuOfFixed(fixed, index);
    const title = MODE_TITLES[mode];
    const first = fixed[0]![index]!;
    return [
      [title, 'node:http, fixed', '-', perSecond(first), plain.toFixed(1), '1.00', spaced(errorsOf(first))],
      ...visits.map((visit) => {
        const result = visit.redirects[index]!;
        const ratio = plain / cpuUs(result);
        const place = [title, visit.engine, spaced(visit.torrents)];
        return [...place, perSecond(result), cpuUs(result).toFixed(1), ratio.toFixed(2), spaced(errorsOf(result))];
      }),
    ];
  });
  const head = ['mode', 'server', 'torrents', 'redirects/s', 'CPU µs each', 'per CPU, of plain', 'errors'];
  const text =
    'Beside a plain server of `node:http` that answers 302 with another origin and looks nothing up. *Per CPU, of plain*: redirects per CPU second divided by those of the plain server.';
  return { title: 'Redirects', text, table: { wordColumns: 2, head, rows } };
}

function directoryCalls({ visits }: SupernodeReport): Section {
  const rows = visits.map(({ engine, torrents, lookups, registrations: { plants, seconds, serverCpuSeconds } }) => [
    engine,
    spaced(torrents),
    perSecond(lookups),
    cpuUs(lookups).toFixed(1),
    spaced(plants / seconds),
    ((serverCpuSeconds * 1e6) / plants).toFixed(0),
    spaced(errorsOf(lookups)),
  ]);
  const head = ['database', 'torrents', 'look-ups/s', 'CPU µs each', 'plants/s', 'CPU µs each', 'errors'];
  const text =
    'Look-ups over keep-alive, one torrent each. Plants are registered in calls of 50 with two receipts each: three signatures to verify.';
  return { title: 'Look-ups and registrations', text, table: { wordColumns: 1, head, rows } };
}

function memory({ visits, emptyBytes }: SupernodeReport): Section {
  const rows = visits.map(({ engine, torrents, residentBytes, startSeconds, carriersSeconds }) => [
    engine,
    spaced(torrents),
    spaced(residentBytes / 2 ** 20),
    spaced((residentBytes - emptyBytes) / torrents),
    startSeconds.toFixed(1),
    carriersSeconds.toFixed(1),
  ]);
  const head = ['database', 'torrents', 'resident MiB', 'bytes per torrent', 'start s', 'catalogues s'];
  const text = `Resident memory beyond that of a supernode that knows no torrent (${spaced(emptyBytes / 2 ** 20)} MiB). *Start*: until it listens, with all records read. *Catalogues*: from then on until it knows the carriers of all torrents again.`;
  return { title: 'Memory and start', text, table: { wordColumns: 1, head, rows } };
}

function catchingUp({ torrents, seconds, cpuSeconds }: CatchUp): Section {
  const each = (cpuSeconds * 1e6) / torrents;
  const row = [
    spaced(torrents),
    seconds.toFixed(1),
    spaced(torrents / seconds),
    each.toFixed(0),
    minutes(1e6, torrents, seconds),
  ];
  const head = ['torrents', 'seconds', 'plants/s', 'CPU µs each', 'at that pace, a million in'];
  const text = 'A supernode that knows nothing reads the feed of another one, and verifies every signature.';
  return { title: 'Catching up', text, table: { wordColumns: 0, head, rows: [row] } };
}

/** Whether a larger index costs more, and what a redirect costs beside one that looks nothing up. */
function verdict({ visits, fixed, options }: SupernodeReport): string {
  const [least, most] = [Math.min(...options.sizes), Math.max(...options.sizes)];
  const lines = REDIRECT_MODES.map((mode, index) => {
    const costAt = (torrents: number): number =>
      Math.min(...visits.filter((visit) => visit.torrents === torrents).map((visit) => cpuUs(visit.redirects[index]!)));
    const growth = (costAt(most) / costAt(least)).toFixed(2);
    const share = (cpuOfFixed(fixed, index) / costAt(most)).toFixed(2);
    const logarithm = (Math.log(most) / Math.log(least)).toFixed(2);
    return `* ${MODE_TITLES[mode]}: a redirect among ${spaced(most)} torrents costs ${growth} times that among ${spaced(least)} (their logarithms: ${logarithm} times), and per CPU second there are ${share} times as many as of the plain server's.`;
  });
  return lines.join('\n');
}

function conditions({ options, loadBefore, loadAfter }: SupernodeReport): string {
  const load = `load average of the machine ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after`;
  return `${options.seconds} s each, 100 requests under way at once; ${load}: above 1 others worked beside, and only the CPU counts`;
}

/** Of several measurements the least: what others do on the machine only adds. */
function cpuOfFixed(fixed: readonly (readonly LoadResult[])[], index: number): number {
  return Math.min(...fixed.map((results) => cpuUs(results[index]!)));
}

function minutes(wanted: number, torrents: number, seconds: number): string {
  return `${((wanted / torrents) * (seconds / 60)).toFixed(1)} min`;
}

function perSecond({ answers, seconds }: LoadResult): string {
  return spaced(answers / seconds);
}

function cpuUs({ serverCpuSeconds, answers }: LoadResult): number {
  return (serverCpuSeconds * 1e6) / answers;
}

function errorsOf({ refused, malformed, broken, lost }: LoadResult): number {
  return refused + malformed + broken + lost;
}
