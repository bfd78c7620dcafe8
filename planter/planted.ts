// What came of planting a torrent. That of a whole batch is kept until its end, so the bytes of files and records are left out.

import type { Supernode } from '../shared/network/supernodes.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import type { Carrier } from './carriers.ts';
import type { PlantNetwork } from './network.ts';
import type { Seedling } from './seedling.ts';
import type { TorrentFile } from './torrent-file.ts';

/** Where the .torrent is, and what it was made of. */
export type Place = Pick<TorrentFile, 'output' | 'content'>;

/** Who carries it, and which of its hashes. */
export interface PlantedCarrier {
  readonly id: Id;
  /** Base URL under which it answered. */
  readonly url: string;
  readonly infoHashes: readonly InfoHash[];
}

export interface Planted {
  readonly seedling: Omit<Seedling, 'file'>;
  /** Left out for magnet links and bare hashes. */
  readonly file?: Place;
  readonly planter: Id;
  /** It was planted by this key before. */
  readonly isRefreshed: boolean;
  readonly copies: number;
  readonly carriers: readonly PlantedCarrier[];
  readonly supernodes: readonly Supernode[];
  /** Those that took note; none in the worst case. */
  readonly told: readonly Supernode[];
  /** Where it was planted, to read it back. */
  readonly network: PlantNetwork;
  /** Announce URLs, as written when there is a file. */
  readonly trackers: readonly string[];
  readonly magnet: string;
  readonly warnings: readonly string[];
}

export function summaryOf({ node: { id }, url, items }: Carrier): PlantedCarrier {
  return { id, url, infoHashes: items.map(({ infoHash }) => infoHash) };
}

export function placeOf({ output, content }: TorrentFile): Place {
  return content === undefined ? { output } : { output, content };
}
