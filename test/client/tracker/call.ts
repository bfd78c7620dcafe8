// The announce that tests of tracker clients make, and how they open a client.

import { lookup } from 'node:dns/promises';
import { openTracker } from '../../../client/tracker/open-tracker.ts';
import { type TrackerClient, TrackerError, type TrackerFailure } from '../../../client/tracker/tracker-client.ts';
import { parseTrackerUrl } from '../../../client/tracker/tracker-url.ts';
import type { Clock } from '../../../shared/platform/clock.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { AnnounceCall } from '../../../shared/protocol/tracker/tracker-calls.ts';
import { EVENT_STARTED } from '../../../shared/protocol/tracker/tracker-messages.ts';

export const CALL: AnnounceCall = {
  infoHash: 'ab'.repeat(20),
  peerId: Buffer.from('-XX0001-aaaaaaaaaaaa'),
  port: 6881,
  key: 1,
  event: EVENT_STARTED,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  numwant: 50,
};

/** A client of a tracker on 127.0.0.1 unless told otherwise, whatever host the URL names. */
export function openClient(
  url: string,
  more: {
    readonly target?: { readonly address: string; readonly family: 4 | 6 };
    readonly timeoutMs?: number;
    readonly clock?: Clock;
    readonly allowNetworks?: readonly string[];
  } = {},
): TrackerClient {
  return openTracker({
    url: parseTrackerUrl(url),
    target: { address: '127.0.0.1', family: 4 },
    timeoutMs: 5000,
    clock: { now: () => 0 },
    random: seededRandom(1),
    resolve: (host) => lookup(host, { all: true }),
    allowNetworks: [],
    ...more,
  });
}

/** The TrackerError that the call ends with: its code and message. */
export async function failureOf(call: Promise<unknown>): Promise<{ code: TrackerFailure; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TrackerError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('the call did not fail');
}
