// What is compared: trackers with few torrents and many, and how much memory peers take.

import type { Workload } from '../load/workload.ts';
import { spaced } from '../shared/tables.ts';

export const WORKLOADS: readonly Workload[] = [
  { name: 'many', torrents: 10_000, peersPerTorrent: 50, isFillOnly: false },
  { name: 'large', torrents: 100, peersPerTorrent: 2_000, isFillOnly: false },
  { name: 'fill-5m', torrents: 100_000, peersPerTorrent: 50, isFillOnly: true },
  { name: 'fill-small', torrents: 200_000, peersPerTorrent: 5, isFillOnly: true },
];

/** '10 000 torrents x 50 peers' */
export function workloadTitle(workload: Workload): string {
  return `${spaced(workload.torrents)} torrents x ${spaced(workload.peersPerTorrent)} peers`;
}
