// What a user names a torrent by: a .torrent file, a magnet link or a bare info hash.

import { readFile, stat } from 'node:fs/promises';
import { PublicError } from '../errors.ts';
import { fileError } from '../platform/files.ts';
import { METAINFO_LIMITS } from '../protocol/encoding/bencoding.ts';
import { type InfoHash, type InfoHashV2, parseInfoHash } from '../protocol/torrent/info-hash.ts';
import { parseMagnet } from '../protocol/torrent/magnet.ts';
import { MAX_HINTED_SUPERNODES, type Metainfo, readMetainfo } from '../protocol/torrent/metainfo.ts';

/** What is known of a torrent before the network is asked. */
export interface TorrentArgument {
  /** As the user wrote it. */
  readonly text: string;
  readonly infoHash?: InfoHash;
  readonly infoHashV2?: InfoHashV2;
  /** What trackers and supernodes are asked for: v1 first. */
  readonly hashes: readonly InfoHash[];
  readonly name?: string;
  /** Bytes of all files together. */
  readonly length?: number;
  /** Tiers of announce URLs (BEP 12). */
  readonly trackers: readonly (readonly string[])[];
  /** Base URLs that may lead to supernodes. */
  readonly hints: readonly string[];
  /** The whole .torrent; magnets and hashes have none. */
  readonly file?: { readonly bytes: Buffer; readonly metainfo: Metainfo };
}

const V1_HASH = /^(?:[0-9a-f]{40}|[a-z2-7]{32})$/i;
const V2_HASH = /^[0-9a-f]{64}$/i;

/** Whether it is a magnet link or an info hash, and no file. */
export function isLink(text: string): boolean {
  return /^magnet:\?/i.test(text) || V1_HASH.test(text) || V2_HASH.test(text);
}

/** Throws PublicError with words for the user. */
export async function readTorrentArgument(text: string): Promise<TorrentArgument> {
  if (isLink(text)) return readLink(text);
  const file = await readTorrentFile(text);
  return { text, ...describeMetainfo(file.metainfo), file };
}

/** A magnet link or info hash; throws PublicError when it is neither. */
export function readLink(text: string): TorrentArgument {
  if (V2_HASH.test(text)) {
    return { text, infoHashV2: text.toLowerCase(), hashes: [parseInfoHash(text)], trackers: [], hints: [] };
  }
  if (V1_HASH.test(text)) {
    const infoHash = parseInfoHash(text);
    return { text, infoHash, hashes: [infoHash], trackers: [], hints: [] };
  }
  const { trackers: urls, ...magnet } = parseMagnet(text);
  const trackers = urls.length === 0 ? [] : [urls];
  return { text, ...magnet, trackers, hints: originsOf(trackers) };
}

/** The trackers of a file, `announce` only where there is no list. */
export function trackersOf({ announce, announceList }: Metainfo): readonly (readonly string[])[] {
  if (announceList.length > 0) return announceList;
  return announce === undefined ? [] : [[announce]];
}

/** Base URLs that a .torrent gives for supernodes. */
export function hintsOf(metainfo: Metainfo): readonly string[] {
  return metainfo.anatomic?.supernodes ?? originsOf(trackersOf(metainfo));
}

/** Reads a .torrent; throws PublicError that names it. */
export async function readTorrentFile(path: string): Promise<{ readonly bytes: Buffer; readonly metainfo: Metainfo }> {
  try {
    if ((await stat(path)).size > METAINFO_LIMITS.maxBytes) {
      throw new PublicError(
        'metainfo',
        `not a torrent that can be read: larger than ${METAINFO_LIMITS.maxBytes} bytes`,
      );
    }
    const bytes = await readFile(path);
    return { bytes, metainfo: readMetainfo(bytes) };
  } catch (error) {
    if (!(error instanceof PublicError)) throw fileError(path, error);
    throw new PublicError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

function describeMetainfo(metainfo: Metainfo): Omit<TorrentArgument, 'text' | 'file'> {
  const { infoHash, infoHashV2, hashes, name, length } = metainfo;
  return {
    ...(infoHash === undefined ? {} : { infoHash }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    hashes,
    name,
    length,
    trackers: trackersOf(metainfo),
    hints: hintsOf(metainfo),
  };
}

/** Supernodes redirect at `/announce`, so an announce URL may be one's; those that are none will not answer as one. */
function originsOf(trackers: readonly (readonly string[])[]): string[] {
  const origins = trackers.flat().flatMap((tracker) => {
    const url = URL.parse(tracker);
    return url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/announce' ? [url.origin] : [];
  });
  // Supernodes stand behind the carriers.
  return [...new Set(origins)].reverse().slice(0, MAX_HINTED_SUPERNODES);
}
