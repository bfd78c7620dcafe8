// Padding (BEP 47, BEP 52) is zeros: nobody need send it, and web servers do not have it.

import type { Torrent, Wire } from 'webtorrent';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';

type OnBlock = (index: number, offset: number, bytes: Uint8Array) => void;

/** Bytes of data at the start of each piece; what follows is padding. */
export function dataLengths(files: readonly StoredFile[], pieceLength: number): number[] {
  const lengths: number[] = [];
  for (const { offset, length, isPadding } of files) {
    const end = offset + length;
    for (let piece = Math.floor(offset / pieceLength); piece * pieceLength < end; piece++) {
      const until = Math.min(end - piece * pieceLength, pieceLength);
      lengths[piece] = isPadding ? (lengths[piece] ?? 0) : until;
    }
  }
  return lengths;
}

/** Has every peer that comes asked for data only; what the engine gets is padded, and shown to `onBlock` before. */
export function leaveOutPadding(
  torrent: Torrent,
  lengths: readonly number[],
  onBlock: OnBlock = () => undefined,
): void {
  torrent.on('wire', (wire) => tap(wire, lengths, onBlock));
}

function tap(wire: Wire, lengths: readonly number[], onBlock: OnBlock): void {
  const request = wire.request.bind(wire);
  wire.request = (index, offset, length, done) => {
    const wanted = Math.min(length, Math.max(0, lengths[index]! - offset));
    const got = (error: Error | null, bytes?: Uint8Array): void => {
      if (error !== null || bytes === undefined) {
        done(error);
        return;
      }
      const whole = bytes.length === length ? bytes : padded(bytes.subarray(0, wanted), length);
      onBlock(index, offset, whole);
      done(null, whole);
    };
    if (wanted > 0) request(index, offset, wanted, got);
    else queueMicrotask(() => got(null, new Uint8Array(0)));
  };
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}
