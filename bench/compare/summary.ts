// Medians over the runs, and how we compare.

import type { LoadResult } from '../load/load-program.ts';
import { MODES, type Mode, type Workload } from '../load/workload.ts';
import type { Visit } from './measure.ts';
import type { Contender } from './servers/contender.ts';

/** Medians of one tracker, workload and mode. */
export interface Cell {
  readonly contender: Contender;
  readonly workload: Workload;
  readonly mode: Mode;
  readonly announcesPerSecond: number;
  readonly cpuUsPerAnnounce: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly peersPerAnswer: number;
  /** Share of the counted time that the server's and the load program's CPU were busy; 1 = one core. */
  readonly serverBusy: number;
  readonly loadBusy: number;
  /** Refused, malformed, broken and lost, of all runs together. */
  readonly errors: number;
  /** Ours divided by this one's; undefined without a measurement of ours. */
  readonly speedRatio: number | undefined;
  /** This one's CPU divided by ours: above 1 ours is cheaper. */
  readonly cpuRatio: number | undefined;
}

export interface MemoryCell {
  readonly contender: Contender;
  readonly workload: Workload;
  readonly bytesPerPeer: number;
  readonly fillsPerSecond: number;
  readonly errors: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** In the order of workloads, modes and trackers. */
export function summarise(visits: readonly Visit[], ours: string): Cell[] {
  return workloadsOf(visits).flatMap((workload) =>
    MODES.flatMap((mode) => {
      const cells = contendersOf(visits).flatMap((contender) => {
        const loads = visits
          .filter((visit) => visit.contender === contender && visit.workload === workload)
          .flatMap((visit) => visit.results.filter((result) => result.mode === mode).map((result) => result.load));
        return loads.length === 0 ? [] : [{ contender, workload, mode, ...medians(loads) }];
      });
      return withRatios(cells, ours);
    }),
  );
}

export function summariseMemory(visits: readonly Visit[]): MemoryCell[] {
  return workloadsOf(visits).flatMap((workload) =>
    contendersOf(visits).flatMap((contender) => {
      const own = visits.filter((visit) => visit.contender === contender && visit.workload === workload);
      if (own.length === 0) return [];
      return {
        contender,
        workload,
        bytesPerPeer: median(own.map((visit) => visit.bytesPerPeer)),
        fillsPerSecond: median(own.map((visit) => visit.fill.answers / visit.fill.seconds)),
        errors: own.reduce((sum, visit) => sum + errorsOf(visit.fill), 0),
      };
    }),
  );
}

type BareCell = Omit<Cell, 'speedRatio' | 'cpuRatio'>;

function medians(loads: readonly LoadResult[]): Omit<BareCell, 'contender' | 'workload' | 'mode'> {
  const of = (measure: (load: LoadResult) => number) => median(loads.map(measure));
  return {
    announcesPerSecond: of((load) => load.answers / load.seconds),
    cpuUsPerAnnounce: of((load) => (load.serverCpuSeconds * 1e6) / load.answers),
    p50Us: of((load) => load.p50Us),
    p99Us: of((load) => load.p99Us),
    peersPerAnswer: of((load) => load.peers / load.answers),
    serverBusy: of((load) => load.serverCpuSeconds / load.seconds),
    loadBusy: of((load) => load.loadCpuSeconds / load.seconds),
    errors: loads.reduce((sum, load) => sum + errorsOf(load), 0),
  };
}

function withRatios(cells: readonly BareCell[], ours: string): Cell[] {
  const own = cells.find((cell) => cell.contender.name === ours);
  return cells.map((cell) => ({
    ...cell,
    speedRatio: own && own.announcesPerSecond / cell.announcesPerSecond,
    cpuRatio: own && cell.cpuUsPerAnnounce / own.cpuUsPerAnnounce,
  }));
}

function errorsOf(load: LoadResult): number {
  return load.refused + load.malformed + load.broken + load.lost;
}

function workloadsOf(visits: readonly Visit[]): Workload[] {
  return [...new Set(visits.map((visit) => visit.workload))];
}

function contendersOf(visits: readonly Visit[]): Contender[] {
  return [...new Set(visits.map((visit) => visit.contender))];
}
