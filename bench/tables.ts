// The results as rows, for the terminal and for Markdown.

import { MODE_TITLES, spaced, workloadTitle } from './plan.ts';
import type { Cell, MemoryCell } from './summary.ts';

export interface Table {
  /** How many of the first columns hold words; the others hold numbers. */
  readonly wordColumns: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const SPEED_HEAD = [
  'tracker',
  'announces/s',
  'CPU µs each',
  'p50 µs',
  'p99 µs',
  'peers each',
  'errors',
  'server busy',
  'load busy',
  'our speed',
  'our CPU gain',
];

export interface Section {
  readonly title: string;
  readonly table: Table;
}

/** One section per workload and mode. */
export function speedSections(cells: readonly Cell[]): Section[] {
  const groups = Map.groupBy(cells, (cell) => `${workloadTitle(cell.workload)}: ${MODE_TITLES[cell.mode]}`);
  return [...groups].map(([title, group]) => ({
    title,
    table: { wordColumns: 1, head: SPEED_HEAD, rows: group.map(speedRow) },
  }));
}

export function memoryTable(cells: readonly MemoryCell[]): Table {
  const head = ['peers', 'tracker', 'bytes per peer', 'filled in per second', 'errors'];
  const rows = cells.map((cell) => [
    workloadTitle(cell.workload),
    cell.contender.title,
    cell.bytesPerPeer.toFixed(1),
    spaced(cell.fillsPerSecond),
    spaced(cell.errors),
  ]);
  return { wordColumns: 2, head, rows };
}

/** Columns aligned with spaces: words to the left, numbers to the right. */
export function asText(table: Table): string {
  const lines = [table.head, ...table.rows];
  const widths = table.head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number) => {
    const width = widths[column] ?? 0;
    return column < table.wordColumns ? text.padEnd(width) : text.padStart(width);
  };
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

export function asMarkdown(table: Table): string {
  const rule = table.head.map((_, column) => (column < table.wordColumns ? '---' : '---:'));
  return [table.head, rule, ...table.rows].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function speedRow(cell: Cell): string[] {
  return [
    cell.contender.title,
    spaced(cell.announcesPerSecond),
    cell.cpuUsPerAnnounce.toFixed(2),
    spaced(cell.p50Us),
    spaced(cell.p99Us),
    cell.peersPerAnswer.toFixed(1),
    spaced(cell.errors),
    percent(cell.serverBusy),
    percent(cell.loadBusy),
    ratio(cell.speedRatio),
    ratio(cell.cpuRatio),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}
