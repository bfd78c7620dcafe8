import { expect } from 'chai';
import { type NodeStats, nodeMetrics, statsDocument, statsText } from '../../../node/api/stats.ts';
import { SharingCounters } from '../../../node/sharing/stats.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import { writeMetrics } from '../../../shared/platform/metrics.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';

const SHARING = { partners: 4, links: 40, remotePeers: 400, longestQueue: 5, unsynced: 1 };
const COUNTERS = { stored: 21, batchesFailed: 22, lags: [1, 0, 2, 0, 0, 0, 0, 0, 0, 1], lagSumMs: 2500 };

describe('node/api/stats.ts', () => {
  function statsOf(): NodeStats {
    const http = new Traffic();
    const udp = new Traffic();
    http.countAnnounce(4);
    http.countAnnounce(6);
    http.countScrape(4);
    udp.countConnect(4);
    udp.countAnnounce(4);
    for (const traffic of [http, udp]) traffic.countRefusal(REFUSALS.full);
    const counts = { torrents: 7, planted: 2, peers4: 5, peers6: 3, seeders4: 1, seeders6: 2 };
    return {
      software: 'anatomic/1',
      uptimeSeconds: 60,
      state: 'open',
      tracker: { ...counts, completed: 11, expired: 12, sweepRounds: 13, pretendedPeers: 14 },
      listeners: [
        { protocol: 'http', traffic: http.counts(), connections: 4, refusedConnections: 1 },
        { protocol: 'udp', traffic: udp.counts(), connections: 0, refusedConnections: 0 },
      ],
      supernodes: 3,
      isDatabaseWritable: true,
      sharing: { ...SHARING, counters: Object.assign(new SharingCounters(), COUNTERS) },
      answers: {
        samples: () => [{ value: 1, labels: { route: 'other', status: '404' } }],
        statuses: () => ({ '200': 9, '404': 1 }),
      },
    };
  }

  it('makes a document with totals and with the numbers of each protocol and family', () => {
    const { sharing, ...document } = statsDocument(statsOf());
    expect(sharing)
      .to.include({ ...SHARING, stored: 21, batchesFailed: 22 })
      .and.not.have.any.keys('counters', 'lags');
    expect(document).to.deep.equal({
      software: 'anatomic/1',
      uptimeSeconds: 60,
      state: 'open',
      supernodes: 3,
      isDatabaseWritable: true,
      statuses: { '200': 9, '404': 1 },
      torrents: 7,
      planted: 2,
      completed: 11,
      expired: 12,
      sweepRounds: 13,
      pretendedPeers: 14,
      peers: { total: 8, ipv4: { seeders: 1, leechers: 4 }, ipv6: { seeders: 2, leechers: 1 } },
      requests: { announces: 3, scrapes: 1, connects: 1 },
      refusals: { full: 2 },
      protocols: {
        http: {
          ipv4: { announces: 1, scrapes: 1, connects: 0 },
          ipv6: { announces: 1, scrapes: 0, connects: 0 },
          connections: 4,
          refusedConnections: 1,
        },
        udp: {
          ipv4: { announces: 1, scrapes: 0, connects: 1 },
          ipv6: { announces: 0, scrapes: 0, connects: 0 },
          connections: 0,
          refusedConnections: 0,
        },
      },
    });
  });

  it('writes a document as one line for each number, named by its path', () => {
    expect(statsText({ torrents: 7, peers: { ipv4: { seeders: 1 } }, statuses: { '200': 9 } })).to.equal(
      'torrents 7\npeers.ipv4.seeders 1\nstatuses.200 9\n',
    );
  });

  it('gives metrics that Prometheus reads, each number once', async () => {
    const text = await writeMetrics(nodeMetrics(statsOf()));
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples).to.include.members([
      'anatomic_node_state{state="open"} 1',
      'anatomic_node_torrents 7',
      'anatomic_node_supernodes_joined 3',
      'anatomic_node_peers{family="ipv4",role="leecher"} 4',
      'anatomic_node_peers{family="ipv6",role="seeder"} 2',
      'anatomic_node_completed_total 11',
      'anatomic_node_sweep_rounds_total 13',
      'anatomic_node_pretended_peers_total 14',
      'anatomic_node_announces_total{protocol="http",family="ipv6"} 1',
      'anatomic_node_connects_total{protocol="udp",family="ipv4"} 1',
      'anatomic_node_refusals_total{protocol="udp",reason="full"} 1',
      'anatomic_node_connections{protocol="http"} 4',
      'anatomic_node_refused_connections_total{protocol="http"} 1',
      'anatomic_node_answers_total{route="other",status="404"} 1',
      'anatomic_node_remote_peers 400',
      'anatomic_node_shared_entries_total{result="stored"} 21',
      'anatomic_node_share_batches_total{direction="failed"} 22',
      'anatomic_node_share_lag_seconds_bucket{le="0.1"} 1',
      'anatomic_node_share_lag_seconds_bucket{le="0.3"} 3',
      'anatomic_node_share_lag_seconds_bucket{le="+Inf"} 4',
      'anatomic_node_share_lag_seconds_sum 2.5',
      'anatomic_node_share_lag_seconds_count 4',
    ]);
    expect(new Set(samples.map((line) => line.split(' ')[0])).size).to.equal(samples.length);
  });
});
