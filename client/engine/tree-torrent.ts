// A torrent of version 2 only (BEP 52) in an engine that knows version 1. Peers of both ask each other alike, and number pieces
// alike; what differs is what a piece must hash to. So the engine is told the SHA-1 of a piece once its data is right by its
// hash tree, and before that none: it can take no other data for right.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ParsedTorrent, Torrent } from 'webtorrent';
import { PublicError } from '../../shared/errors.ts';
import { decode, METAINFO_LIMITS, rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { BLOCK_BYTES } from '../../shared/protocol/torrent/merkle.ts';
import { readLayout, readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { isPieceRight, readTreePieces, type TreePiece } from '../../shared/protocol/torrent/metainfo-v2.ts';
import { leaveOutPadding } from './padding.ts';
import { tellHashes } from './tree-teller.ts';
import { webSeedsOf } from './web-seeds.ts';

/** A piece of which blocks have come. */
interface Gathering {
  readonly bytes: Uint8Array;
  readonly blocks: Set<number>;
}

export class TreeTorrent {
  /** What the engine is given in the place of the .torrent. */
  readonly parsed: ParsedTorrent;
  readonly #torrent: Uint8Array;
  readonly #pieces: readonly TreePiece[];
  /** Hex, empty while unknown; the engine looks at it anew for each piece. */
  readonly #hashes: string[];
  readonly #gathered = new Map<number, Gathering>();

  /** Throws PublicError 'metainfo' when it is no torrent of version 2 with all its layers. */
  constructor(torrent: Uint8Array) {
    this.#torrent = torrent;
    this.#pieces = readTreePieces(torrent);
    this.#hashes = this.#pieces.map(() => '');
    this.parsed = parse(torrent, this.#hashes);
  }

  /** To be called with each whole piece, padding included, that is read from the disk. */
  learn(index: number, bytes: Uint8Array): void {
    if (this.#hashes[index] === '' && isPieceRight(this.#pieces[index]!, bytes)) {
      this.#hashes[index] = createHash('sha1').update(bytes).digest('hex');
    }
  }

  /** Looks at what peers send before the engine does, and tells them hashes. */
  attach(engineTorrent: Torrent): void {
    const lengths = this.#pieces.map(({ length }) => length);
    tellHashes(engineTorrent, this.#torrent);
    leaveOutPadding(engineTorrent, lengths, (index, offset, bytes) => this.#gather(index, offset, bytes));
  }

  /** As the engine does: of a block that comes twice the first counts, and with the last one a piece begins anew. */
  #gather(index: number, offset: number, bytes: Uint8Array): void {
    const { pieceLength } = this.parsed;
    const gathering = this.#gathered.get(index) ?? { bytes: new Uint8Array(pieceLength), blocks: new Set() };
    this.#gathered.set(index, gathering);
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = (offset + at) / BLOCK_BYTES;
      if (gathering.blocks.has(block)) continue;
      gathering.blocks.add(block);
      gathering.bytes.set(bytes.subarray(at, at + BLOCK_BYTES), offset + at);
    }
    if (gathering.blocks.size < pieceLength / BLOCK_BYTES) return;
    this.#gathered.delete(index);
    this.learn(index, gathering.bytes);
  }
}

function parse(torrent: Uint8Array, pieces: string[]): ParsedTorrent {
  const { name, pieceLength, hashes } = readMetainfo(torrent);
  if (pieces.length === 0) throw new PublicError('metainfo', 'there is nothing in it');
  return {
    infoHash: hashes[0]!,
    info: decode(rawMembers(torrent, METAINFO_LIMITS).get('info')!, METAINFO_LIMITS),
    name,
    announce: [],
    urlList: webSeedsOf(torrent),
    files: readLayout(torrent).map((file) => ({
      ...file,
      path: join(...file.path),
      name: file.path.at(-1)!,
    })),
    length: pieces.length * pieceLength,
    pieceLength,
    lastPieceLength: pieceLength,
    pieces,
  };
}
