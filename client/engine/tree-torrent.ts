// A torrent of version 2 only (BEP 52) in an engine that knows version 1. Peers of both ask each other alike, and number pieces
// alike; what differs is what a piece must hash to. So the engine is told the SHA-1 of a piece once its data is right by its
// hash tree, and before that none: it can take no other data for right.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ParsedTorrent, Torrent, Wire } from 'webtorrent';
import { PublicError } from '../../shared/errors.ts';
import { decode, METAINFO_LIMITS, rawMembers } from '../../shared/protocol/bencoding.ts';
import { BLOCK_BYTES } from '../../shared/protocol/merkle.ts';
import { readLayout, readMetainfo } from '../../shared/protocol/metainfo.ts';
import { isPieceRight, readTreePieces, type TreePiece } from '../../shared/protocol/metainfo-v2.ts';

/** A piece of which blocks have come. */
interface Gathering {
  readonly bytes: Uint8Array;
  readonly blocks: Set<number>;
}

export class TreeTorrent {
  /** What the engine is given in the place of the .torrent. */
  readonly parsed: ParsedTorrent;
  readonly #pieces: readonly TreePiece[];
  /** Hex, empty while unknown; the engine looks at it anew for each piece. */
  readonly #hashes: string[];
  readonly #gathered = new Map<number, Gathering>();

  /** Throws PublicError 'metainfo' when it is no torrent of version 2 with all its layers. */
  constructor(torrent: Uint8Array) {
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

  /** Has every peer that comes send no padding, and looks at what it sends before the engine does. */
  attach(torrent: Torrent): void {
    torrent.on('wire', (wire) => this.#tap(wire));
  }

  #tap(wire: Wire): void {
    const request = wire.request.bind(wire);
    wire.request = (index, offset, length, done) => {
      const wanted = Math.min(length, Math.max(0, this.#pieces[index]!.length - offset));
      const got = (error: Error | null, bytes?: Uint8Array): void => {
        if (error !== null || bytes === undefined) {
          done(error);
          return;
        }
        const whole = new Uint8Array(length);
        whole.set(bytes.subarray(0, wanted));
        this.#gather(index, offset, whole);
        done(null, whole);
      };
      if (wanted > 0) request(index, offset, wanted, got);
      else queueMicrotask(() => got(null, new Uint8Array(0)));
    };
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
  const layout = readLayout(torrent);
  if (pieces.length === 0) throw new PublicError('metainfo', 'there is nothing in it');
  return {
    infoHash: hashes[0]!,
    info: decode(rawMembers(torrent, METAINFO_LIMITS).get('info')!, METAINFO_LIMITS),
    name,
    announce: [],
    urlList: [],
    files: layout.map((file) => ({ ...file, path: join(...file.path), name: file.path.at(-1)! })),
    length: pieces.length * pieceLength,
    pieceLength,
    lastPieceLength: pieceLength,
    pieces,
  };
}
