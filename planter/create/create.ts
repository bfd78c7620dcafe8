// Makes a torrent of files: the same bytes each time, but for the date.

import { PublicError } from '../../shared/errors.ts';
import { type Bencodable, encode, encodeMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { BLOCK_BYTES } from '../../shared/protocol/torrent/merkle.ts';
import type { Content } from '../content.ts';
import { hashPieces } from './hash-pieces.ts';
import { buildInfo } from './info.ts';
import { layOut, type TorrentVersion } from './layout.ts';

/** What the user says of a torrent. */
export interface CreateWish {
  readonly version: TorrentVersion;
  /** Bytes, a power of two; chosen by size when left out. */
  readonly pieceLength?: number | undefined;
  readonly isPrivate: boolean;
  readonly source?: string | undefined;
  readonly comment?: string | undefined;
  /** URLs where the files are as well (BEP 19). */
  readonly webSeeds: readonly string[];
  /** How many hash; as many as there are processors when left out. */
  readonly threads?: number | undefined;
}

export interface CreateTools {
  /** Unix ms. */
  readonly now: number;
  /** Told how many bytes were hashed so far. */
  readonly hashed?: (bytes: number) => void;
}

export const PLAIN_WISH: CreateWish = { version: 'v1', isPrivate: false, webSeeds: [] };
export const MIN_PIECE_LENGTH = BLOCK_BYTES;
export const MAX_PIECE_LENGTH = 64 * 1024 * 1024;

const LARGEST_CHOSEN = 16 * 1024 * 1024;
/** Enough pieces to share from early on, few enough that the .torrent stays small. */
const WANTED_PIECES = 1500;

/** The .torrent without trackers. Throws PublicError 'content' when the files change meanwhile or cannot be read. */
export async function makeTorrent(content: Content, wish: CreateWish, tools: CreateTools): Promise<Buffer> {
  const { isPrivate, source, comment, webSeeds, version } = wish;
  const pieceLength = checkPieceLength(wish.pieceLength ?? pieceLengthFor(content.length));
  const layout = layOut(content.files, pieceLength, version);
  const hashes = await hashPieces(layout, { threads: wish.threads, hashed: tools.hashed });
  const { name, isFolder } = content;
  const { info, pieceLayers } = buildInfo({ name, isFolder, isPrivate, source }, layout, hashes);
  const members = new Map<string, Uint8Array>([['info', info]]);
  if (pieceLayers !== undefined) members.set('piece layers', pieceLayers);
  const about: { readonly [key: string]: Bencodable | undefined } = {
    comment,
    'created by': 'anatomic',
    'creation date': Math.floor(tools.now / 1000),
    encoding: 'UTF-8',
    'url-list': webSeeds.length === 0 ? undefined : webSeeds,
  };
  for (const [key, value] of Object.entries(about)) if (value !== undefined) members.set(key, encode(value));
  return encodeMembers(members);
}

/** A power of two, in bytes. */
export function pieceLengthFor(length: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, length / WANTED_PIECES)));
  return Math.min(LARGEST_CHOSEN, Math.max(MIN_PIECE_LENGTH, wanted));
}

function checkPieceLength(length: number): number {
  if (Number.isInteger(Math.log2(length)) && length >= MIN_PIECE_LENGTH && length <= MAX_PIECE_LENGTH) return length;
  throw new PublicError('piece-length', 'a piece length is a power of two from 16KiB to 64MiB');
}
