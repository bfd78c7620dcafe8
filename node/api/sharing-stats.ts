// What sharing peers with other nodes has done, as a document and as metrics.

import { counter, gauge, type Metric, type Sample, samplesBy } from '../../shared/platform/metrics.ts';
import { LAG_BOUNDS_MS, type SharingStats } from '../sharing/stats.ts';

/** Without the classes of lags, which are told by metrics alone. */
export function sharingDocument({ counters, ...rest }: SharingStats): object {
  const { lags: _lags, lagSumMs: _sum, ...counts } = counters;
  return { ...rest, ...counts };
}

export function sharingMetrics({ counters, ...now }: SharingStats): Metric[] {
  const entries = { stored: counters.stored, refreshed: counters.refreshed, removed: counters.removals };
  return [
    gauge('anatomic_node_partners', 'Nodes with which peers are shared.', now.partners),
    gauge('anatomic_node_unsynced_partners', 'Partners whose peers are not all known yet.', now.unsynced),
    gauge('anatomic_node_share_links', 'Pairs of a torrent and a partner.', now.links),
    gauge('anatomic_node_remote_peers', 'Peers known that announced to a partner.', now.remotePeers),
    gauge(
      'anatomic_node_longest_share_queue',
      'Changes that the slowest partner has yet to hear of.',
      now.longestQueue,
    ),
    counter('anatomic_node_shared_entries_total', 'Peers taken from partners.', samplesBy('result', entries)),
    counter('anatomic_node_refused_entries_total', 'Peers of partners refused.', samplesBy('reason', counters.refused)),
    ...trafficMetrics(counters),
    ...lagMetrics(counters),
  ];
}

function trafficMetrics(counters: SharingStats['counters']): Metric[] {
  const batches = { sent: counters.batchesSent, failed: counters.batchesFailed, received: counters.batchesReceived };
  const bytes = { sent: counters.bytesSent, received: counters.bytesReceived };
  const pages = { sent: counters.pagesSent, received: counters.pagesReceived };
  return [
    counter('anatomic_node_share_batches_total', 'Batches of changes.', samplesBy('direction', batches)),
    counter('anatomic_node_share_bytes_total', 'Bytes of changes.', samplesBy('direction', bytes)),
    counter('anatomic_node_sync_pages_total', 'Pages of peers pulled.', samplesBy('direction', pages)),
    counter('anatomic_node_sent_entries_total', 'Peers that partners were told of.', counters.entriesSent),
    counter('anatomic_node_syncs_total', 'Synchronisations with a partner.', counters.syncs),
    counter('anatomic_node_censuses_total', 'Comparisons with a partner.', counters.censuses),
    counter('anatomic_node_share_overflows_total', 'Times that a queue was too short.', counters.overflows),
  ];
}

/** A histogram, written as the counters that it consists of. */
function lagMetrics({ lags, lagSumMs }: SharingStats['counters']): Metric[] {
  let total = 0;
  const buckets = lags.map((count, index): Sample => {
    total += count;
    const bound = LAG_BOUNDS_MS[index];
    return { value: total, labels: { le: bound === undefined ? '+Inf' : String(bound / 1000) } };
  });
  const name = 'anatomic_node_share_lag_seconds';
  return [
    counter(`${name}_bucket`, 'From a change until its partner has applied it.', buckets),
    counter(`${name}_sum`, 'Sum of these times.', lagSumMs / 1000),
    counter(`${name}_count`, 'Number of these times.', total),
  ];
}
