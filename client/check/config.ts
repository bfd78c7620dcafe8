// What a user can set for a check of trackers.

import { PublicError, UsageError } from '../../shared/errors.ts';
import { type ConfigOf, defineOptions } from '../../shared/platform/options.ts';
import { type InfoHash, parseInfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { DEFAULT_NUMWANT, MAX_NUMWANT } from '../../shared/protocol/tracker/tracker-messages.ts';
import { parseTrackerUrl } from '../tracker/tracker-url.ts';

const MAX_URLS = 100;
/** Secrets, which no error shows. */
const CREDENTIALS = /\/\/[^/]*@/;

export const checkOptions = defineOptions({
  command: 'anatomic check',
  summary:
    'Checks trackers of any kind as their clients see them: announces two peers to each URL (http, https, udp, ws, wss), judges ' +
    'the answers, scrapes, and takes the peers back. Exit code 0: all usable, 1: at least one failed.',
  positionals: { name: 'URL', min: 1, max: MAX_URLS },
  options: {
    infoHash: {
      kind: 'text',
      valueName: 'HEX',
      group: 'Question',
      help: 'Torrent to announce, for trackers that refuse those they do not know. A random one when left out.',
    },
    numwant: {
      kind: 'integer',
      min: 0,
      max: MAX_NUMWANT,
      default: DEFAULT_NUMWANT,
      group: 'Question',
      help: 'How many peers to ask for.',
    },
    family: {
      kind: 'choice',
      choices: ['4', '6', 'both'],
      default: 'both',
      group: 'Network',
      help: 'Which addresses to try: the first of each kind that the name has.',
    },
    timeout: {
      kind: 'duration',
      default: '10s',
      min: '100ms',
      max: '2m',
      group: 'Network',
      help: 'Time for each answer, retries included.',
    },
    allowNetwork: {
      kind: 'cidr',
      isRepeatable: true,
      group: 'Network',
      help: 'Network that redirects may lead to although it is not public, such as 192.168.0.0/16. The URLs given may be anywhere.',
    },
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

export type CheckConfig = ConfigOf<typeof checkOptions>;

/** Throws a UsageError that names the argument. */
export function readUrls(positionals: readonly string[]): URL[] {
  return positionals.map((text) => asUsage(text.replace(CREDENTIALS, '//'), () => parseTrackerUrl(text)));
}

/** undefined when none was given. Throws a UsageError. */
export function readInfoHash({ infoHash }: CheckConfig): InfoHash | undefined {
  return infoHash === undefined ? undefined : asUsage('--info-hash', () => parseInfoHash(infoHash));
}

function asUsage<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof PublicError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
}
