// What a supernode tells about itself as metrics.

import type { AnswerCounts } from '../../shared/http/answer-counts.ts';
import type { HttpDoorStats } from '../../shared/http/door/http-door.ts';
import { counter, gauge, type Metric, samplesBy } from '../../shared/platform/metrics.ts';
import type { Directory } from '../directory/directory.ts';
import type { WaitingRoom } from '../directory/waiting-room.ts';
import type { Ledger } from '../store/ledger.ts';
import { statsOf } from './status.ts';

/** How healing stands. */
export interface HealingStats {
  /** Torrents with too few carriers, too many, or some that have not heard of an uproot. */
  readonly cases: number;
  readonly deadNodes: number;
  /** Nodes that fell lately, of how many. */
  readonly fallenNodes: number;
  readonly nodes: number;
  /** Whether nothing is healed until an operator confirms or the share falls. */
  readonly isBraked: boolean;
  /** Whether this process is the one that heals. */
  readonly isLeading: boolean;
}

export interface SupernodeNumbers {
  readonly directory: Directory;
  readonly healing: HealingStats;
  /** What became of announces and scrapes. */
  readonly redirects: Readonly<Record<'redirected' | 'unreachable' | 'unknown' | 'refused', number>>;
  readonly connections: Readonly<HttpDoorStats>;
  /** Supernodes whose feeds are read. */
  readonly followed: number;
  /** Requests that wait for changes of the feed. */
  readonly waiting: number;
  /** Members that others told of and that have not answered here yet. */
  readonly newcomers: Pick<WaitingRoom, 'size' | 'leftOut'>;
  readonly ledger: Pick<Ledger, 'appended' | 'ended' | 'waiting' | 'isWritable'>;
  /** Of the control plane. */
  readonly answers: Pick<AnswerCounts, 'samples'>;
}

export function supernodeMetrics(numbers: SupernodeNumbers): Metric[] {
  const { directory, healing, redirects, ledger, answers, newcomers, connections } = numbers;
  const { nodes, supernodes, planted, carried } = statsOf(directory);
  return [
    gauge('anatomic_supernode_nodes', 'Nodes known, by how they answer.', samplesBy('state', nodes)),
    gauge('anatomic_supernode_dead_nodes', 'Nodes whose torrents are carried elsewhere.', healing.deadNodes),
    gauge('anatomic_supernode_healing_torrents', 'Torrents with too few carriers or too many.', healing.cases),
    gauge('anatomic_supernode_healing_braked', '1: too many nodes fell at once to heal.', healing.isBraked ? 1 : 0),
    gauge('anatomic_supernode_supernodes', 'Supernodes known, this one too.', samplesBy('state', supernodes)),
    gauge('anatomic_supernode_planted_torrents', 'Info hashes with a plant record, uprooted ones too.', planted),
    gauge('anatomic_supernode_carried_torrents', 'Info hashes that some node carries.', carried),
    gauge('anatomic_supernode_catalogue_entries', 'Info hashes in all catalogues.', directory.carriers.carried),
    gauge('anatomic_supernode_receipts', 'Receipts that no catalogue has confirmed yet.', directory.carriers.receipts),
    gauge('anatomic_supernode_fill_ratio', 'How full the fullest part of the directory is.', directory.room.fill / 100),
    gauge('anatomic_supernode_followed', 'Supernodes whose feeds are read.', numbers.followed),
    gauge('anatomic_supernode_feed_waiting', 'Requests that wait for changes.', numbers.waiting),
    gauge('anatomic_supernode_newcomers', 'Members told of by others, to be asked first.', newcomers.size),
    counter('anatomic_supernode_newcomers_left_out_total', 'Members for whom there was no room.', newcomers.leftOut),
    counter('anatomic_supernode_feed_records_total', 'Records added to the feed.', ledger.appended),
    counter(
      'anatomic_supernode_plants_ended_total',
      'Plants that gave way to others, since nobody carries them.',
      ledger.ended,
    ),
    gauge('anatomic_supernode_unwritten_records', 'Records that wait to be written.', ledger.waiting),
    gauge('anatomic_supernode_database_up', '0: nothing new can be written.', ledger.isWritable ? 1 : 0),
    gauge('anatomic_supernode_leading', '1: this process follows, compares and heals.', healing.isLeading ? 1 : 0),
    gauge('anatomic_supernode_connections', 'Open connections.', connections.connections),
    counter(
      'anatomic_supernode_refused_connections_total',
      'Connections closed because of a limit.',
      connections.refusedConnections,
    ),
    counter('anatomic_supernode_announces_total', 'Announces and scrapes.', samplesBy('result', { ...redirects })),
    counter('anatomic_supernode_answers_total', 'Answers of the control plane.', answers.samples()),
  ];
}
