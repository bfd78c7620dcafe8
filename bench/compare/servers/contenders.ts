// The trackers of the comparison; the first one is ours, to which the ratios refer.

import { anatomic, anatomicJavaScript } from './anatomic.ts';
import { bittorrentTracker } from './bittorrent-tracker.ts';
import type { Contender } from './contender.ts';
import { opentracker } from './opentracker.ts';

export type { Contender } from './contender.ts';

export const CONTENDERS: readonly Contender[] = [
  anatomic,
  anatomicJavaScript,
  opentracker('opentracker-1', 'opentracker, 1 UDP worker', 1),
  opentracker('opentracker', 'opentracker, default', undefined),
  bittorrentTracker,
];

export const OURS = anatomic.name;
