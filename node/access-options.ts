// The options of a node about who is served, how much, and what else is said.

import { UsageError } from '../shared/errors.ts';
import type { OptionSpecs } from '../shared/platform/option-table.ts';
import { MAX_TRACKER_ID_CHARACTERS, MAX_WARNING_CHARACTERS } from '../shared/protocol/tracker/http-reply.ts';

const MAX_RATE = 1_000_000;
const LISTS = 'Access';
const TRACKER_ID = new RegExp(`^[A-Za-z0-9._-]{1,${MAX_TRACKER_ID_CHARACTERS}}$`);
const WARNING = new RegExp(`^[ -~]{1,${MAX_WARNING_CHARACTERS}}$`);

export const accessOptions = {
  udpSecretFile: {
    kind: 'path',
    group: 'Network',
    valueName: 'FILE',
    help: 'What UDP connection ids are made with, 16 bytes or more: give it to all nodes behind one address. Else the key of the node.',
  },
  maxMemory: {
    kind: 'size',
    min: '64MiB',
    group: 'Tracker',
    help: 'Memory for torrents and peers at most, besides about 100 MiB for the rest. What the other limits take when left out.',
  },
  announceCapacity: {
    kind: 'integer',
    min: 1,
    group: 'Tracker',
    help: 'Announces per second that are a full load: from half of it on clients are asked back later. Only delays count when left out.',
  },
  allowTorrents: {
    kind: 'path',
    group: LISTS,
    valueName: 'FILE',
    help: 'Serve these torrents alone: info hashes in hex, one a line, # begins a comment. Lists are read again on SIGHUP.',
  },
  denyTorrents: {
    kind: 'path',
    group: LISTS,
    valueName: 'FILE',
    help: 'Do not serve these torrents, allowed or not.',
  },
  banNetworks: {
    kind: 'path',
    group: LISTS,
    valueName: 'FILE',
    help: 'Do not serve these addresses and networks (192.0.2.0/24, 2001:db8::/32), one a line.',
  },
  clientRate: {
    kind: 'integer',
    default: 0,
    max: MAX_RATE,
    group: LISTS,
    help: 'Announces and scrapes a minute of one IPv4 address or IPv6 /64; 0 = no limit.',
  },
  networkRate: {
    kind: 'integer',
    default: 0,
    max: MAX_RATE,
    group: LISTS,
    help: 'The same of one IPv4 /24 or IPv6 /48.',
  },
  enforceMinInterval: {
    kind: 'boolean',
    group: LISTS,
    help: 'Give clients that announce a torrent far more often than --min-interval no peers, then nothing.',
  },
  trackerId: {
    kind: 'text',
    group: 'Tracker',
    valueName: 'ID',
    help: 'Told with every announce over HTTP; clients send it back, by which a proxy may know where they have been.',
  },
  warningMessage: {
    kind: 'text',
    group: 'Tracker',
    help: 'Told to users of clients with every announce over HTTP, such as that the tracker moves.',
  },
} as const satisfies OptionSpecs;

/** Throws a UsageError for what cannot be said. */
export function checkAccess(config: {
  readonly trackerId: string | undefined;
  readonly warningMessage: string | undefined;
}): void {
  if (config.trackerId !== undefined && !TRACKER_ID.test(config.trackerId)) {
    throw new UsageError(`--tracker-id is of 1 to ${MAX_TRACKER_ID_CHARACTERS} letters, digits and . _ -`);
  }
  if (config.warningMessage !== undefined && !WARNING.test(config.warningMessage)) {
    throw new UsageError(`--warning-message is of 1 to ${MAX_WARNING_CHARACTERS} printable ASCII characters`);
  }
}
