// The results as rows.

import { MODE_TITLES } from '../load/workload.ts';
import { spaced, type Table } from '../shared/tables.ts';
import { workloadTitle } from './plan.ts';
import type { Cell, MemoryCell } from './summary.ts';

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
