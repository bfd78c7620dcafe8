// Writes the announce list of an old .torrent anew: those who carry it now, and supernodes.

import { PublicError } from '../shared/errors.ts';
import type { FoundTorrent } from '../shared/network/look-up.ts';
import type { Supernode } from '../shared/network/supernodes.ts';
import type { Random } from '../shared/platform/random.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { PlantNetwork } from './network.ts';
import { type TorrentFile, writeTorrent } from './torrent-file.ts';
import { MAX_SUPERNODE_TRACKERS, type TrackingCarrier, trackerChanges, trackerUrls } from './tracker-urls.ts';

/** The announce URLs as written. Throws PublicError 'no-carrier' when nobody is known to carry it, and then nothing is written. */
export async function refreshAnnounceList(
  file: TorrentFile,
  network: PlantNetwork,
  { isPortable, random }: { readonly isPortable: boolean; readonly random: Random },
): Promise<string[]> {
  const { metainfo } = file;
  const found = await network.lookUp(metainfo.hashes);
  const carriers = trackingCarriers(found);
  const planter = planterOf(found) ?? metainfo.anatomic?.planter;
  if (carriers.length === 0 || planter === undefined) {
    throw new PublicError('no-carrier', 'no node that answers carries it: plant it anew');
  }
  const supernodes = await supernodesToWrite(network);
  const trackers = trackerUrls({ carriers, supernodes, isPortable, hashCount: metainfo.hashes.length }, random);
  await writeTorrent(file, trackerChanges(trackers, supernodes, planter));
  return trackers;
}

async function supernodesToWrite(network: PlantNetwork): Promise<readonly Supernode[]> {
  const { supernodes } = network;
  return supernodes.length >= MAX_SUPERNODE_TRACKERS ? supernodes : [...supernodes, ...(await network.introduced())];
}

/** Those that answer, each with the hashes that it carries. */
function trackingCarriers(found: readonly FoundTorrent[]): TrackingCarrier[] {
  const carriers = new Map<Id, { url: string; items: string[] }>();
  for (const { infoHash, carriers: candidates } of found) {
    for (const { id, statement, state } of candidates) {
      if (state !== 'up') continue;
      const carrier = carriers.get(id) ?? { url: statement.urls[0]!, items: [] };
      carrier.items.push(infoHash);
      carriers.set(id, carrier);
    }
  }
  return [...carriers.values()];
}

/** Whose newest plant it is. */
function planterOf(found: readonly FoundTorrent[]): Id | undefined {
  const plants = found.flatMap((torrent) => torrent.plants);
  return plants.sort((a, b) => b.value.seq - a.value.seq)[0]?.record.author;
}
