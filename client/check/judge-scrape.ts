// Judges scrape answers (BEP 15, 48). Three torrents are asked about: the announced one between two that nobody has.

import type { ScrapeReply, TorrentCounts } from '../../shared/protocol/tracker/tracker-calls.ts';
import { type Finding, fail, pass, remarksOf, warn } from './finding.ts';

/** Where the announced torrent stands among those asked about. */
export const ANNOUNCED_AT = 1;
export const SCRAPED_TORRENTS = 3;

/** `hasEntered`: whether the tracker took our peers, so that it has something to count. */
export function judgeScrape(reply: ScrapeReply, hasEntered: boolean): Finding[] {
  const announced = reply.counts[ANNOUNCED_AT];
  const unknown = reply.counts.filter((_, index) => index !== ANNOUNCED_AT);
  return [
    ...remarksOf('scrape', reply),
    ...judgeUnknown(unknown),
    ...(hasEntered ? [judgeAnnounced(announced, unknown)] : []),
  ];
}

function judgeUnknown(unknown: readonly (TorrentCounts | undefined)[]): Finding[] {
  const missing = unknown.filter((counts) => counts === undefined).length;
  if (missing > 0) {
    return [warn('scrape', 'leaves out torrents that it does not know, instead of answering zeroes')];
  }
  return unknown.every(isEmpty) ? [pass('scrape', 'zeroes for torrents that nobody has')] : [];
}

function judgeAnnounced(
  announced: TorrentCounts | undefined,
  unknown: readonly (TorrentCounts | undefined)[],
): Finding {
  const isElsewhere = unknown.some((counts) => counts !== undefined && !isEmpty(counts));
  if (isElsewhere) return fail('scrape', 'counts peers of a torrent that nobody has: is the order the one asked?');
  if (announced === undefined) return warn('scrape', 'leaves out the torrent that was just announced');
  const { seeders, leechers, downloaded } = announced;
  const text = `seeders ${seeders}, leechers ${leechers}, downloaded ${downloaded}`;
  if (seeders + leechers === 0) return warn('scrape', `${text}: the peers just announced are not counted`);
  return pass('scrape', `${text}, in the order asked`);
}

function isEmpty(counts: TorrentCounts | undefined): boolean {
  return counts === undefined || counts.seeders + counts.leechers + counts.downloaded === 0;
}
