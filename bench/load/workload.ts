// What the load program is told to do: the way to ask, and how many torrents and peers there are.

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
