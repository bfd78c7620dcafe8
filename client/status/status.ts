// The standing of one torrent: who carries it, how many peers they have, who planted it when, and what is missing.

import type { FoundCarrier, FoundTorrent } from '../../shared/network/look-up.ts';
import type { ReachedNetwork } from '../../shared/network/reached-network.ts';
import type { TorrentArgument } from '../../shared/network/torrent-argument.ts';
import { expiryOf } from '../../shared/protocol/records/lasting.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { type Scraped, type ScrapeTools, scrapeCarrier } from './scrape.ts';

export interface CarrierStatus {
  readonly id: Id;
  /** Base URL. */
  readonly url: string;
  readonly state: FoundCarrier['state'];
  readonly software: string;
  /** Those of the torrent's hashes that it carries. */
  readonly hashes: readonly InfoHash[];
  /** All hashes together; undefined when it did not tell. */
  readonly seeders?: number;
  readonly leechers?: number;
  readonly downloaded?: number;
  /** Why it did not tell. */
  readonly failure?: string;
}

export interface PlanterStatus {
  readonly id: Id;
  readonly copies: number;
  /** Unix ms, as are the next. */
  readonly plantedAt: number;
  readonly lapsesAt: number;
}

export interface TorrentStatus {
  readonly torrent: string;
  readonly name?: string;
  readonly hashes: readonly InfoHash[];
  readonly carriers: readonly CarrierStatus[];
  readonly planters: readonly PlanterStatus[];
  /** Copies wanted less carriers that are up, of the hash that has the fewest. */
  readonly missingCopies: number;
  /** Announce URLs in the file that lead to nobody who carries it. */
  readonly staleTrackers: readonly string[];
}

/** Throws PublicError when no supernode answers. */
export async function statusOf(
  torrent: TorrentArgument,
  network: ReachedNetwork,
  tools: ScrapeTools,
): Promise<TorrentStatus> {
  const found = await network.lookUp(torrent.hashes);
  const carriers = await Promise.all(
    byCarrier(found).map(([carrier, hashes]) => statusOfCarrier(carrier, hashes, tools)),
  );
  return {
    torrent: torrent.text,
    ...(torrent.name === undefined ? {} : { name: torrent.name }),
    hashes: torrent.hashes,
    carriers,
    planters: plantersOf(found),
    missingCopies: Math.max(0, ...found.map(missingOf)),
    staleTrackers: torrent.file === undefined ? [] : staleOf(torrent, found, network),
  };
}

function byCarrier(found: readonly FoundTorrent[]): [FoundCarrier, InfoHash[]][] {
  const carriers = new Map<Id, [FoundCarrier, InfoHash[]]>();
  for (const { infoHash, carriers: candidates } of found) {
    for (const carrier of candidates) {
      const entry = carriers.get(carrier.id) ?? [carrier, []];
      entry[1].push(infoHash);
      carriers.set(carrier.id, entry);
    }
  }
  return [...carriers.values()];
}

async function statusOfCarrier(
  carrier: FoundCarrier,
  hashes: readonly InfoHash[],
  tools: ScrapeTools,
): Promise<CarrierStatus> {
  const { id, statement, state } = carrier;
  const { urls, software } = statement;
  const scraped = await scrapeCarrier(carrier, hashes, tools);
  return { id, url: urls[0]!, state, software, hashes, ...countsOf(scraped) };
}

/** A client of a hybrid announces under both hashes, so the larger count is the truer one. */
function countsOf(scraped: Scraped): Pick<CarrierStatus, 'seeders' | 'leechers' | 'downloaded' | 'failure'> {
  if ('failure' in scraped) return scraped;
  const counts = scraped.counts.filter((count) => count !== undefined);
  const most = (count: (of: (typeof counts)[number]) => number) => Math.max(0, ...counts.map(count));
  return {
    seeders: most(({ seeders }) => seeders),
    leechers: most(({ leechers }) => leechers),
    downloaded: most(({ downloaded }) => downloaded),
  };
}

function plantersOf(found: readonly FoundTorrent[]): PlanterStatus[] {
  const planters = new Map<Id, PlanterStatus>();
  for (const { record, value } of found.flatMap(({ plants }) => plants)) {
    const { copies, seq } = value;
    planters.set(record.author, { id: record.author, copies, plantedAt: seq, lapsesAt: expiryOf(value) });
  }
  return [...planters.values()].sort((a, b) => b.plantedAt - a.plantedAt);
}

function missingOf({ plants, carriers }: FoundTorrent): number {
  const wanted = Math.max(0, ...plants.map(({ value }) => value.copies));
  return wanted - carriers.filter(({ state }) => state === 'up').length;
}

/** Only those on this network can be judged: foreign trackers are their operators' affair. */
function staleOf(torrent: TorrentArgument, found: readonly FoundTorrent[], { supernodes }: ReachedNetwork): string[] {
  if (torrent.file?.metainfo.anatomic === undefined) return [];
  const live = found.flatMap(({ carriers }) => carriers.flatMap(({ statement }) => statement.urls));
  const own = [...live, ...supernodes.map(({ publicUrl }) => publicUrl), ...torrent.hints];
  const known = new Set(own.map((url) => `${url}/announce`));
  return torrent.trackers.flat().filter((tracker) => !known.has(tracker));
}
