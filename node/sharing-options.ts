// What an operator decides about sharing peers with other nodes.

import type { OptionSpecs } from '../shared/platform/option-table.ts';
import { MAX_STORED_PER_LINK } from './tracker/carrier-links.ts';
import { MAX_ORIGINS } from './tracker/peer-entry.ts';
import { DEFAULT_SHARED_LIMITS } from './tracker/shared-swarms.ts';

export const sharingOptions = {
  maxPartners: {
    kind: 'integer',
    default: MAX_ORIGINS,
    min: 1,
    max: MAX_ORIGINS,
    group: 'Sharing',
    help: 'Other nodes to share peers with, at most.',
  },
  maxSharedPeers: {
    kind: 'integer',
    default: DEFAULT_SHARED_LIMITS.maxPeersPerLink,
    min: 1,
    max: MAX_STORED_PER_LINK,
    group: 'Sharing',
    help: 'Peers of one torrent taken from each other node, at most.',
  },
  maxSharedPerAddress: {
    kind: 'integer',
    default: DEFAULT_SHARED_LIMITS.maxPeersPerAddress,
    min: 1,
    max: 65_535,
    group: 'Sharing',
    help: 'Peers at one address (of IPv6: one /64) taken from each other node in all torrents together, at most.',
  },
  shareDelay: {
    kind: 'duration',
    default: '2s',
    min: '50ms',
    max: '60s',
    group: 'Sharing',
    help: 'Time until other nodes hear of a change in a swarm of five peers or more.',
  },
  shareDelaySmall: {
    kind: 'duration',
    default: '200ms',
    min: '50ms',
    max: '60s',
    group: 'Sharing',
    help: 'The same in a smaller swarm, where every peer counts.',
  },
  snapshotInterval: {
    kind: 'duration',
    default: '5m',
    min: '1s',
    max: '1d',
    group: 'Sharing',
    help: 'Time between two writings of all peers to disk, from where a restarted node takes them; a stop writes too.',
  },
  census: {
    kind: 'duration',
    default: '1h',
    min: '1s',
    max: '1d',
    group: 'Sharing',
    help: 'Time between two comparisons of how many peers other nodes have and how many of them are known here.',
  },
} as const satisfies OptionSpecs;
