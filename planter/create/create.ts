// Makes a torrent of files: the same bytes each time, but for the date.

import { PublicError } from '../../shared/errors.ts';
import { formatSize } from '../../shared/platform/amounts.ts';
import { type Bencodable, encode, encodeMembers, METAINFO_LIMITS } from '../../shared/protocol/encoding/bencoding.ts';
import { BLOCK_BYTES, NODE_BYTES } from '../../shared/protocol/torrent/merkle.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import type { Content } from '../content.ts';
import { hashPieces, hashSizes } from './hash-pieces.ts';
import { buildInfo } from './info.ts';
import { type Layout, layOut, type TorrentVersion } from './layout.ts';
import type { PieceHashes } from './piece-hasher.ts';

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
  /** Told how many bytes of the content were hashed so far. */
  readonly hashed?: (bytes: number) => void;
}

export const PLAIN_WISH: CreateWish = { version: 'v1', isPrivate: false, webSeeds: [] };
export const MIN_PIECE_LENGTH = BLOCK_BYTES;
export const MAX_PIECE_LENGTH = 64 * 1024 * 1024;

const LARGEST_CHOSEN = 16 * 1024 * 1024;
/** Enough pieces to share from early on, few enough that the .torrent stays small. */
const WANTED_PIECES = 1500;

/**
 * The .torrent without trackers. Throws PublicError 'content' when it would be larger or deeper than anybody reads, before
 * anything is hashed, and when the files change meanwhile or cannot be read.
 */
export async function makeTorrent(content: Content, wish: CreateWish, tools: CreateTools): Promise<Buffer> {
  const pieceLength = checkPieceLength(wish.pieceLength ?? pieceLengthFor(content.length));
  const layout = layOut(content.files, pieceLength, wish.version);
  checkReadable(layout, (hashes) => assemble(content, wish, layout, hashes, tools.now));
  const hashed = (bytes: number): void => tools.hashed?.((bytes / layout.length) * content.length);
  const hashes = await hashPieces(layout, { threads: wish.threads, hashed });
  return assemble(content, wish, layout, hashes, tools.now);
}

function assemble(
  { name, isFolder }: Content,
  { isPrivate, source, comment, webSeeds }: CreateWish,
  layout: Layout,
  hashes: PieceHashes,
  now: number,
): Buffer {
  const { info, pieceLayers } = buildInfo({ name, isFolder, isPrivate, source }, layout, hashes);
  const members = new Map<string, Uint8Array>([['info', info]]);
  if (pieceLayers !== undefined) members.set('piece layers', pieceLayers);
  const about: { readonly [key: string]: Bencodable | undefined } = {
    comment,
    'created by': 'anatomic',
    'creation date': Math.floor(now / 1000),
    encoding: 'UTF-8',
    'url-list': webSeeds.length === 0 ? undefined : webSeeds,
  };
  for (const [key, value] of Object.entries(about)) if (value !== undefined) members.set(key, encode(value));
  return encodeMembers(members);
}

/** Tries it with hashes that are all different, as those of the files are: what is built has the size of the real thing. */
function checkReadable(layout: Layout, build: (hashes: PieceHashes) => Buffer): void {
  const { sha1Bytes, rootBytes } = hashSizes(layout);
  if (sha1Bytes + rootBytes > METAINFO_LIMITS.maxBytes) throw tooLarge();
  const roots = Buffer.alloc(rootBytes);
  for (let at = 0; at < rootBytes; at += NODE_BYTES) roots.writeUInt32BE(at / NODE_BYTES, at);
  const draft = build({ sha1: new Uint8Array(sha1Bytes), roots });
  if (draft.length > METAINFO_LIMITS.maxBytes) throw tooLarge();
  try {
    readMetainfo(draft);
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    throw new PublicError('content', `no torrent can be made of it: ${reasonOf(error)}`, { cause: error });
  }
}

/** What is wrong with a torrent, without saying that it is one. */
function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : message;
}

function tooLarge(): PublicError {
  const most = formatSize(METAINFO_LIMITS.maxBytes);
  return new PublicError(
    'content',
    `the .torrent would be larger than ${most}, which is more than clients read: choose a larger --piece-length, or plant parts`,
  );
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
