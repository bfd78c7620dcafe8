// The client for a tracker's URL.

import { HttpTracker, type HttpTrackerOptions } from './http-tracker.ts';
import type { TrackerClient } from './tracker-client.ts';
import { UdpTracker, type UdpTrackerOptions } from './udp-tracker.ts';
import { WebSocketTracker } from './websocket-tracker.ts';

export type OpenTrackerOptions = HttpTrackerOptions & UdpTrackerOptions;

/** Nothing is sent before the first call. The URL is one that `parseTrackerUrl` gave. */
export function openTracker(options: OpenTrackerOptions): TrackerClient {
  switch (options.url.protocol) {
    case 'udp:':
      return new UdpTracker(options);
    case 'ws:':
    case 'wss:':
      return new WebSocketTracker(options);
    default:
      return new HttpTracker(options);
  }
}
