// What is to be planted: a torrent with a file of its own, or only the hashes of one.

import type { TorrentArgument } from '../shared/network/torrent-argument.ts';
import { hintsOf, isLink, readLink } from '../shared/network/torrent-argument.ts';
import type { InfoHash, InfoHashV2 } from '../shared/protocol/torrent/info-hash.ts';
import { type OpenOptions, openTorrent, type TorrentFile } from './torrent-file.ts';

export interface Seedling {
  readonly infoHash?: InfoHash;
  readonly infoHashV2?: InfoHashV2;
  /** One hash, or the two of a hybrid, v1 first. */
  readonly hashes: readonly InfoHash[];
  readonly name?: string;
  /** Bytes. */
  readonly length?: number;
  readonly isPrivate: boolean;
  /** Base URLs that may lead to supernodes. */
  readonly hints: readonly string[];
  /** Left out for magnet links and bare hashes. */
  readonly file?: TorrentFile;
}

/** Opens a .torrent, makes one of a file or folder, or reads a magnet link or info hash. Throws PublicError. */
export async function openSeedling(source: string, options: OpenOptions): Promise<Seedling> {
  if (isLink(source)) return { ...describe(readLink(source)), isPrivate: false };
  const file = await openTorrent(source, options);
  const { metainfo } = file;
  return { ...describe(metainfo), isPrivate: metainfo.isPrivate, hints: hintsOf(metainfo), file };
}

function describe(
  torrent: Pick<TorrentArgument, 'infoHash' | 'infoHashV2' | 'hashes' | 'name' | 'length'> & {
    readonly hints?: readonly string[];
  },
): Omit<Seedling, 'isPrivate' | 'file'> {
  const { infoHash, infoHashV2, hashes, name, length, hints = [] } = torrent;
  return {
    ...(infoHash === undefined ? {} : { infoHash }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    hashes,
    ...(name === undefined ? {} : { name }),
    ...(length === undefined ? {} : { length }),
    hints,
  };
}
