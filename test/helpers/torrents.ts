// Small .torrent files of every version, built by hand so that each byte can be bent.

import { createHash } from 'node:crypto';
import { type Bencodable, encode } from '../../shared/protocol/encoding/bencoding.ts';

export const PIECE_LENGTH = 16 * 1024;

/** `info` of version 1 with one file `name` of `length` bytes. */
export function infoV1(name = 'a.bin', length = 5): { readonly [key: string]: Bencodable } {
  return { length, name, 'piece length': PIECE_LENGTH, pieces: Buffer.alloc(Math.ceil(length / PIECE_LENGTH) * 20, 1) };
}

/** `info` of version 2 with one file `name` of `length` bytes. */
export function infoV2(name = 'a.bin', length = 5): { readonly [key: string]: Bencodable } {
  return { 'file tree': { [name]: fileV2(length) }, 'meta version': 2, name, 'piece length': PIECE_LENGTH };
}

/** `info` of both versions. */
export function infoHybrid(name = 'a.bin', length = 5): { readonly [key: string]: Bencodable } {
  return { ...infoV1(name, length), ...infoV2(name, length) };
}

/** A leaf of a version 2 file tree. */
export function fileV2(length: number): Bencodable {
  return { '': { length, ...(length > 0 ? { 'pieces root': Buffer.alloc(32, 2) } : {}) } };
}

/** The .torrent file around `info`. */
export function torrentOf(info: Bencodable, members: { readonly [key: string]: Bencodable } = {}): Buffer {
  return encode({ ...members, info });
}

/** A .torrent file whose pieces are those of `content`; `info` holds further members of its dictionary. */
export function singleFileTorrent(
  name: string,
  content: Uint8Array,
  { announce, info = {} }: { readonly announce: string; readonly info?: { readonly [key: string]: Bencodable } },
): Buffer {
  const digests: Buffer[] = [];
  for (let at = 0; at < content.length; at += PIECE_LENGTH) {
    digests.push(
      createHash('sha1')
        .update(content.subarray(at, at + PIECE_LENGTH))
        .digest(),
    );
  }
  return torrentOf({ ...infoV1(name, content.length), pieces: Buffer.concat(digests), ...info }, { announce });
}

/** Hex digest of the encoded `info`. */
export function hashOf(info: Bencodable, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(encode(info)).digest('hex');
}
