// Tells peers that know a version 2 torrent by a link only the hashes of its pieces (BEP 52), as they are needed to verify any.

import type { Torrent, Wire } from 'webtorrent';
import {
  HASH_REJECT,
  HASH_REQUEST,
  HASHES,
  hashesOf,
  hashRequestWords,
  readHashRequest,
} from '../../shared/protocol/torrent/hash-messages.ts';
import { BLOCK_BYTES } from '../../shared/protocol/torrent/merkle.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { readTreeLevels } from '../../shared/protocol/torrent/metainfo-v2.ts';

export function tellHashes(engineTorrent: Torrent, torrent: Uint8Array): void {
  const pieceLayer = Math.log2(readMetainfo(torrent).pieceLength / BLOCK_BYTES);
  let levels: ReadonlyMap<string, readonly Buffer[]> | undefined;
  engineTorrent.on('wire', (wire) =>
    wire.on('unknownmessage', (message) => {
      if (message[0] !== HASH_REQUEST) return;
      // Few ask: the trees are built for the first.
      levels ??= readTreeLevels(torrent);
      answer(wire, message, pieceLayer, levels);
    }),
  );
}

/** Of single blocks nothing is known without reading the data: those are rejected. */
function answer(wire: Wire, message: Uint8Array, layer: number, known: ReadonlyMap<string, readonly Buffer[]>): void {
  const request = readHashRequest(message);
  if (request === undefined) {
    wire.destroy();
    return;
  }
  const levels = known.get(request.root.toString('latin1'));
  const hashes = levels === undefined || request.layer !== layer ? undefined : hashesOf(request, levels);
  const words = [...hashRequestWords(request).slice(0, -1), request.proofLayers];
  wire._message(hashes === undefined ? HASH_REJECT : HASHES, words, hashes ?? null);
}
