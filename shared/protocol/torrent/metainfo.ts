// .torrent files: version 1 (BEP 3), version 2 and hybrid (BEP 52). Info hashes come from the raw bytes of `info`.

import { createHash } from 'node:crypto';
import { PublicError } from '../../errors.ts';
import {
  type Bencodable,
  type Bencoded,
  type BencodedDictionary,
  decode,
  METAINFO_LIMITS,
  rawMembers,
} from '../encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readTextList } from '../encoding/fields.ts';
import { type InfoHash, type InfoHashV2, truncate } from './info-hash.ts';
import { layOutFiles, listFiles, looseText, type StoredFile, type TorrentFile } from './metainfo-files.ts';
import { layOutTree } from './metainfo-v2.ts';

/** What a .torrent file says, as far as trackers and planters need it. */
export interface Metainfo {
  readonly version: 'v1' | 'v2' | 'hybrid';
  /** SHA-1 of `info`; of v1 and hybrid torrents. */
  readonly infoHash?: InfoHash;
  /** SHA-256 of `info`; of v2 and hybrid torrents. */
  readonly infoHashV2?: InfoHashV2;
  /** What trackers are asked for: one hash, or of a hybrid two, v1 first. */
  readonly hashes: readonly InfoHash[];
  readonly name: string;
  /** Bytes of all files together. */
  readonly length: number;
  /** Bytes. */
  readonly pieceLength: number;
  readonly isPrivate: boolean;
  readonly files: readonly TorrentFile[];
  readonly announce?: string;
  /** Tiers of tracker URLs (BEP 12). */
  readonly announceList: readonly (readonly string[])[];
  readonly anatomic?: AnatomicHint;
}

/** The key `anatomic` beside `info`: where the torrent was planted. A hint that nobody signed. */
export interface AnatomicHint {
  /** Version of the network protocol. */
  readonly version: number;
  /** 64 hex digits: the planter's public key. */
  readonly planter: string;
  /** Base URLs. */
  readonly supernodes: readonly string[];
}

export const ANATOMIC_KEY = 'anatomic';
export const MAX_HINTED_SUPERNODES = 8;
/** An Ed25519 public key. */
const PLANTER_BYTES = 32;
const MAX_URL_BYTES = 2000;
const MAX_TRACKER_TIERS = 200;

/** Reads a whole .torrent file; throws PublicError 'metainfo' that says what is wrong with it. */
export function readMetainfo(bytes: Uint8Array): Metainfo {
  try {
    return readMembers(rawMembers(bytes, METAINFO_LIMITS));
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    throw new PublicError('metainfo', `not a torrent that can be read: ${error.message}`, { cause: error });
  }
}

/** The files as the pieces hold them, those of version 1 for hybrids; throws PublicError 'metainfo'. */
export function readLayout(bytes: Uint8Array): StoredFile[] {
  const info = rawMembers(bytes, METAINFO_LIMITS).get('info');
  if (info === undefined) throw new PublicError('metainfo', 'it has no "info"');
  const members = readDictionary(decode(info, METAINFO_LIMITS), '"info"');
  return readVersion(members) === 'v2' ? layOutTree(members) : layOutFiles(members);
}

/** The value to write under ANATOMIC_KEY. */
export function anatomicMember(hint: AnatomicHint): Bencodable {
  return { version: hint.version, planter: Buffer.from(hint.planter, 'hex'), supernodes: hint.supernodes };
}

function readMembers(members: ReadonlyMap<string, Uint8Array>): Metainfo {
  const infoBytes = members.get('info');
  if (infoBytes === undefined) throw new PublicError('metainfo', 'it has no "info"');
  const info = readDictionary(decode(infoBytes, METAINFO_LIMITS), '"info"');
  const version = readVersion(info);
  const files = listFiles(info, version);
  const announce = readAnnounce(members);
  const anatomic = readAnatomic(members);
  return {
    version,
    ...readHashes(infoBytes, version),
    name: looseText(info, 'name'),
    length: files.reduce((sum, file) => sum + file.length, 0),
    pieceLength: readInteger(info, 'piece length', 1, Number.MAX_SAFE_INTEGER),
    isPrivate: info.private === 1,
    files,
    announceList: readAnnounceList(members),
    ...(announce === undefined ? {} : { announce }),
    ...(anatomic === undefined ? {} : { anatomic }),
  };
}

function readVersion(info: BencodedDictionary): Metainfo['version'] {
  const metaVersion = info['meta version'];
  if (metaVersion !== undefined && metaVersion !== 1 && metaVersion !== 2) {
    throw new PublicError('metainfo', 'its "meta version" is neither 1 nor 2');
  }
  if (metaVersion !== 2) return 'v1';
  return info.pieces === undefined ? 'v2' : 'hybrid';
}

function readHashes(
  info: Uint8Array,
  version: Metainfo['version'],
): Pick<Metainfo, 'infoHash' | 'infoHashV2' | 'hashes'> {
  const infoHash = createHash('sha1').update(info).digest('hex');
  if (version === 'v1') return { infoHash, hashes: [infoHash] };
  const infoHashV2 = createHash('sha256').update(info).digest('hex');
  if (version === 'v2') return { infoHashV2, hashes: [truncate(infoHashV2)] };
  return { infoHash, infoHashV2, hashes: [infoHash, truncate(infoHashV2)] };
}

function readAnnounce(members: ReadonlyMap<string, Uint8Array>): string | undefined {
  const value = readHint(members, 'announce');
  return value === undefined ? undefined : trackerUrls(value)[0];
}

/** Files in the wild hold all sorts of lists here; what is not a URL within a tier is left out. */
function readAnnounceList(members: ReadonlyMap<string, Uint8Array>): string[][] {
  const tiers = readHint(members, 'announce-list');
  if (!Array.isArray(tiers)) return [];
  return tiers
    .slice(0, MAX_TRACKER_TIERS)
    .map((tier) => (Array.isArray(tier) ? tier.slice(0, MAX_TRACKER_TIERS).flatMap(trackerUrls) : trackerUrls(tier)))
    .filter((tier) => tier.length > 0);
}

function trackerUrls(value: Bencoded): string[] {
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > MAX_URL_BYTES) return [];
  return [Buffer.from(value).toString()];
}

/** A malformed hint is as good as none: the torrent itself is none the worse for it. */
function readAnatomic(members: ReadonlyMap<string, Uint8Array>): AnatomicHint | undefined {
  const value = readHint(members, ANATOMIC_KEY);
  if (value === undefined) return undefined;
  try {
    const hint = readDictionary(value, ANATOMIC_KEY);
    return {
      version: readInteger(hint, 'version', 1, Number.MAX_SAFE_INTEGER),
      planter: readBytes(hint, 'planter', PLANTER_BYTES).toString('hex'),
      supernodes: readTextList(hint, 'supernodes', MAX_HINTED_SUPERNODES, MAX_URL_BYTES),
    };
  } catch (error) {
    if (error instanceof PublicError) return undefined;
    throw error;
  }
}

function readHint(members: ReadonlyMap<string, Uint8Array>, key: string): Bencoded | undefined {
  const bytes = members.get(key);
  return bytes === undefined ? undefined : decode(bytes, METAINFO_LIMITS);
}
