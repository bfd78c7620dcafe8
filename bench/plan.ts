// What is measured: the ways to announce, and how many torrents and peers there are.

export const MODES = ['udp', 'udp-connect', 'http', 'keep-alive'] as const;
export type Mode = (typeof MODES)[number];

export const MODE_TITLES: Record<Mode, string> = {
  udp: 'UDP, cached connection ids',
  'udp-connect': 'UDP, connect and announce',
  http: 'HTTP, connection each',
  'keep-alive': 'HTTP, keep-alive',
};

export interface Workload {
  readonly name: string;
  readonly torrents: number;
  readonly peersPerTorrent: number;
  /** True when only the memory after the fill is of interest. */
  readonly isFillOnly: boolean;
}

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

/** A whole number with thin groups of thousands: '1 234 567'. */
export function spaced(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}
