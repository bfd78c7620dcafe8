// What the node tells about itself in numbers, for people, for programs, and as metrics.

import type { AnswerCounts } from '../../shared/http/answer-counts.ts';
import { counter, gauge, type Metric, type Sample } from '../../shared/platform/metrics.ts';
import type { ServiceState } from '../../shared/protocol/records/statements.ts';
import type { SharingStats } from '../sharing/stats.ts';
import type { TrackerStats } from '../tracker/tracker.ts';
import { addRequests, addTraffic, type ListenerStats, type RequestCounts } from '../tracker/traffic.ts';
import { sharingDocument, sharingMetrics } from './sharing-stats.ts';

export interface NodeStats {
  readonly software: string;
  readonly uptimeSeconds: number;
  readonly state: ServiceState;
  readonly tracker: TrackerStats;
  readonly listeners: readonly ListenerStats[];
  /** Supernodes joined. */
  readonly supernodes: number;
  /** Whether anything new can be planted and kept. */
  readonly isDatabaseWritable: boolean;
  readonly sharing: SharingStats;
  /** Of the control plane. */
  readonly answers: Pick<AnswerCounts, 'samples' | 'statuses'>;
}

/** The same in the form of GET /stats, with totals. */
export function statsDocument({ tracker, listeners, sharing, answers, ...rest }: NodeStats): Record<string, unknown> {
  const { seeders4, seeders6, peers4, peers6, ...counts } = tracker;
  const { ipv4, ipv6, refusals } = addTraffic(listeners.map(({ traffic }) => traffic));
  return {
    ...rest,
    ...counts,
    peers: {
      total: peers4 + peers6,
      ipv4: { seeders: seeders4, leechers: peers4 - seeders4 },
      ipv6: { seeders: seeders6, leechers: peers6 - seeders6 },
    },
    sharing: sharingDocument(sharing),
    requests: addRequests([ipv4, ipv6]),
    refusals,
    statuses: answers.statuses(),
    protocols: Object.fromEntries(
      listeners.map(({ protocol, traffic, connections, refusedConnections }) => [
        protocol,
        { ipv4: traffic.ipv4, ipv6: traffic.ipv6, connections, refusedConnections },
      ]),
    ),
  };
}

/** One line for each number, named by its path: 'peers.ipv4.seeders 3'. */
export function statsText(document: object): string {
  return lines('', document).join('');
}

function lines(path: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} ${value}\n`];
  const prefix = path === '' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([name, member]) => lines(prefix + name, member));
}

export function nodeMetrics(stats: NodeStats): Metric[] {
  const { tracker, listeners } = stats;
  return [
    gauge('anatomic_node_uptime_seconds', 'Time since the start.', stats.uptimeSeconds),
    gauge('anatomic_node_state', '1 for the state that the node is in.', [
      { value: 1, labels: { state: stats.state } },
    ]),
    gauge('anatomic_node_supernodes_joined', 'Supernodes whose allocations count.', stats.supernodes),
    gauge('anatomic_node_database_up', '0: nothing new can be written.', stats.isDatabaseWritable ? 1 : 0),
    gauge('anatomic_node_torrents', 'Torrents tracked.', tracker.torrents),
    gauge('anatomic_node_planted_torrents', 'Torrents carried because they were planted.', tracker.planted),
    gauge('anatomic_node_peers', 'Peers tracked.', peerSamples(tracker)),
    counter('anatomic_node_completed_total', 'Downloads completed.', tracker.completed),
    counter('anatomic_node_expired_peers_total', 'Peers that fell silent.', tracker.expired),
    counter('anatomic_node_pretended_peers_total', 'Random addresses given out among peers.', tracker.pretendedPeers),
    counter('anatomic_node_sweep_rounds_total', 'Times that all torrents were looked through.', tracker.sweepRounds),
    ...requestMetrics(listeners),
    ...sharingMetrics(stats.sharing),
    gauge('anatomic_node_connections', 'Open connections.', perListener(listeners, 'connections')),
    counter(
      'anatomic_node_refused_connections_total',
      'Connections closed unread because of a limit.',
      perListener(listeners, 'refusedConnections'),
    ),
    counter('anatomic_node_answers_total', 'Answers of the control plane.', stats.answers.samples()),
  ];
}

function requestMetrics(listeners: readonly ListenerStats[]): Metric[] {
  const requests = (kind: keyof RequestCounts): Sample[] =>
    listeners.flatMap(({ protocol, traffic }) => [
      { value: traffic.ipv4[kind], labels: { protocol, family: 'ipv4' } },
      { value: traffic.ipv6[kind], labels: { protocol, family: 'ipv6' } },
    ]);
  const refusals = listeners.flatMap(({ protocol, traffic }) =>
    Object.entries(traffic.refusals).map(([reason, value]) => ({ value, labels: { protocol, reason } })),
  );
  return [
    counter('anatomic_node_announces_total', 'Announces, refused ones too.', requests('announces')),
    counter('anatomic_node_scrapes_total', 'Scrapes, refused ones too.', requests('scrapes')),
    counter('anatomic_node_connects_total', 'Requests for a connection id (UDP).', requests('connects')),
    counter('anatomic_node_refusals_total', 'Announces and scrapes refused.', refusals),
  ];
}

function peerSamples({ peers4, peers6, seeders4, seeders6 }: TrackerStats): Sample[] {
  return [
    { value: seeders4, labels: { family: 'ipv4', role: 'seeder' } },
    { value: peers4 - seeders4, labels: { family: 'ipv4', role: 'leecher' } },
    { value: seeders6, labels: { family: 'ipv6', role: 'seeder' } },
    { value: peers6 - seeders6, labels: { family: 'ipv6', role: 'leecher' } },
  ];
}

function perListener(listeners: readonly ListenerStats[], key: 'connections' | 'refusedConnections'): Sample[] {
  return listeners.map((listener) => ({ value: listener[key], labels: { protocol: listener.protocol } }));
}
