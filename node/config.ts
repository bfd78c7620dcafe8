// What an operator can set for a node, and what must fit together.

import { isIP } from 'node:net';
import { UsageError } from '../shared/errors.ts';
import { operatorOptions } from '../shared/http/operator-options.ts';
import { checkProxies, checkPublicUrls, keepingOptions, listeningOptions } from '../shared/http/service-options.ts';
import { findingOptions, readDhtWish } from '../shared/network/finding-options.ts';
import { readSupernodes } from '../shared/network/named-supernode.ts';
import { type ConfigOf, defineOptions } from '../shared/platform/options.ts';
import { CONNECTION_ID_SECONDS, LENIENT_CONNECTION_ID_SECONDS } from '../shared/protocol/tracker/connection-id.ts';
import { accessOptions, checkAccess } from './access-options.ts';
import { plantingOptions } from './planting-options.ts';
import { sharingOptions } from './sharing-options.ts';
import { MAX_DENIABILITY_PERCENT } from './tracker/deniability.ts';
import { MAX_PEERS, MAX_PEERS_PER_TORRENT, MAX_TORRENTS, type TrackerOptions } from './tracker/tracker-options.ts';

/** A node joins at most this many supernodes. */
export const MAX_SUPERNODES = 8;

/** One thread decides; more readers than this would wait for it. */
const MAX_WORKERS = 32;

/** A peer that has not announced for so many intervals is gone. */
const LIFETIME_INTERVALS = 1.5;

export const nodeOptions = defineOptions({
  command: 'anatomic node',
  summary: 'Runs a node: a BitTorrent tracker over HTTP and UDP that carries what is planted on it.',
  options: {
    ...listeningOptions('node', 6969),
    udpPort: {
      kind: 'port',
      group: 'Network',
      help: 'UDP port; 0 takes a free one. The same number as --http-port when left out.',
    },
    httpsPort: {
      kind: 'port',
      group: 'Network',
      help: 'TCP port of HTTPS, which needs --tls-certificate and --tls-key; 0 takes a free one. No HTTPS when left out.',
    },
    tlsCertificate: {
      kind: 'path',
      group: 'Network',
      valueName: 'FILE',
      help: 'The certificate and the chain behind it (PEM), read again when it changes.',
    },
    tlsKey: { kind: 'path', group: 'Network', valueName: 'FILE', help: 'The private key of --tls-certificate (PEM).' },
    websocket: {
      kind: 'boolean',
      default: true,
      group: 'Network',
      help: 'Introduce browsers (WebTorrent) to each other, on the ports of HTTP and HTTPS.',
    },
    udpConnectionLifetime: {
      kind: 'duration',
      default: `${CONNECTION_ID_SECONDS}s`,
      min: `${CONNECTION_ID_SECONDS}s`,
      max: `${LENIENT_CONNECTION_ID_SECONDS}s`,
      group: 'Network',
      help: 'How long a UDP connection id is good: two minutes by BEP 15, more for clients that keep them longer.',
    },
    native: {
      kind: 'boolean',
      default: true,
      group: 'Network',
      help: 'Use the addon in C where it was built (Linux with a C compiler): UDP and brief HTTP for half the CPU or less.',
    },
    workers: {
      kind: 'integer',
      default: 1,
      min: 1,
      max: MAX_WORKERS,
      group: 'Network',
      help: 'Threads of the addon that read and send while one thread decides; with 1 that one does all of it.',
    },
    ...findingOptions(
      'Federation',
      `A supernode to join, up to ${MAX_SUPERNODES}; those that it knows are joined as well.`,
    ),
    mode: {
      kind: 'choice',
      choices: ['planted', 'open'],
      default: 'planted',
      group: 'Tracker',
      help: 'Track planted torrents only, or every torrent that a client announces.',
    },
    interval: {
      kind: 'duration',
      default: '30m',
      min: '5m',
      max: '35m',
      group: 'Tracker',
      help: 'Time between two announces of a client; a peer is forgotten after one and a half.',
    },
    minInterval: {
      kind: 'duration',
      default: '15m',
      min: '1m',
      max: '35m',
      group: 'Tracker',
      help: 'Shortest time that a client is asked to keep between two announces.',
    },
    maxTorrents: {
      kind: 'integer',
      default: 1_000_000,
      min: 1,
      max: MAX_TORRENTS,
      group: 'Tracker',
      help: 'Torrents tracked, and plant records kept, at most.',
    },
    maxPeers: {
      kind: 'integer',
      default: 5_000_000,
      min: 1,
      max: MAX_PEERS,
      group: 'Tracker',
      help: 'Peers tracked at most.',
    },
    maxPeersPerTorrent: {
      kind: 'integer',
      default: 100_000,
      min: 1,
      max: MAX_PEERS_PER_TORRENT,
      group: 'Tracker',
      help: 'Peers of one torrent tracked at most.',
    },
    ...plantingOptions,
    ...accessOptions,
    ...sharingOptions,
    deniability: {
      kind: 'integer',
      default: 0,
      max: MAX_DENIABILITY_PERCENT,
      valueName: 'PERCENT',
      group: 'Tracker',
      help: 'Share of the peers in an answer that are random public addresses, so that no answer proves anything of an address. Lists of trackers ban those that pretend peers.',
    },
    fullScrape: {
      kind: 'boolean',
      group: 'Tracker',
      help: 'Let everybody scrape all torrents at once, under /scrape and /scrape.txt, every ten minutes anew.',
    },
    ...operatorOptions,
    ...keepingOptions('node', 'the key and the database'),
    drain: {
      kind: 'duration',
      default: '0s',
      max: '10m',
      group: 'Service',
      help: 'Time that a stop goes on answering after supernodes were told and /ready says no, for load balancers to notice.',
    },
  },
});

export type NodeConfig = ConfigOf<typeof nodeOptions>;

/** Throws a UsageError for options that do not fit together. */
export function checkConfig(config: NodeConfig): void {
  if (config.minIntervalMs > config.intervalMs) throw new UsageError('--min-interval is longer than --interval');
  // A name may stand for another address over TCP than over UDP.
  if (config.host !== undefined && isIP(config.host) === 0) throw new UsageError('--host is an IP address, not a name');
  checkTls(config);
  checkAccess(config);
  checkPublicUrls(config.publicUrl);
  checkProxies(config);
  readSupernodes(config.supernode, MAX_SUPERNODES);
  readDhtWish(config);
  const isJoining = config.supernode.length > 0 || config.network.length > 0 || config.dht;
  if (isJoining && config.publicUrl.length === 0 && isUnspecified(config.host)) {
    throw new UsageError(
      'supernodes must know where to reach this node: give --public-url http://HOST:PORT, or listen on one address with --host',
    );
  }
}

/** The part of the configuration that the tracker works by. */
export function trackerOptions(config: NodeConfig): TrackerOptions {
  const { mode, maxTorrents, maxPeers, maxPeersPerTorrent, maxMemoryBytes, deniability } = config;
  const intervalSeconds = Math.round(config.intervalMs / 1000);
  return {
    mode,
    maxTorrents,
    maxPeers,
    maxPeersPerTorrent,
    maxMemoryBytes,
    deniabilityPercent: deniability,
    shared: { maxPeersPerLink: config.maxSharedPeers, maxPeersPerAddress: config.maxSharedPerAddress },
    intervalSeconds,
    minIntervalSeconds: Math.round(config.minIntervalMs / 1000),
    peerLifetimeSeconds: Math.round(intervalSeconds * LIFETIME_INTERVALS),
  };
}

/** Whether to listen on the host is to listen on every address: such a host is no address for others to call. */
export function isUnspecified(host: string | undefined): boolean {
  return host === undefined || host === '::' || host === '0.0.0.0';
}

function checkTls({ httpsPort, tlsCertificate, tlsKey }: NodeConfig): void {
  const given = [httpsPort, tlsCertificate, tlsKey].filter((value) => value !== undefined).length;
  if (given % 3 !== 0)
    throw new UsageError('--https-port, --tls-certificate and --tls-key are given together or not at all');
}
