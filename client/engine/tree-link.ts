// The .torrent of a version 2 torrent of which only the hash is known: `info` out of what peers tell (BEP 9), then the layer of
// pieces of each larger file, hash by hash (BEP 52). The first peer that has told everything right is believed.

import { createHash } from 'node:crypto';
import type { ExtendedHandshake, Torrent, Wire } from 'webtorrent';
import { decode, encode, encodeMembers, METAINFO_LIMITS } from '../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../shared/protocol/encoding/fields.ts';
import {
  HASH_REJECT,
  HASH_REQUEST,
  HASHES,
  hashRequestWords,
  pieceLayerStretches,
  readHashes,
} from '../../shared/protocol/torrent/hash-messages.ts';
import type { InfoHashV2 } from '../../shared/protocol/torrent/info-hash.ts';
import { NODE_BYTES } from '../../shared/protocol/torrent/merkle.ts';
import { listLayers, readTreePieces, type TreeLayer } from '../../shared/protocol/torrent/metainfo-v2.ts';

const NAME = 'ut_metadata';
const INFO_PIECE_BYTES = 16 * 1024;
const [REQUEST, DATA, REJECT] = [0, 1, 2];

export class TreeLink {
  readonly #infoHash: InfoHashV2;
  readonly #found = Promise.withResolvers<Uint8Array>();

  constructor(infoHash: InfoHashV2) {
    this.#infoHash = infoHash;
  }

  /** The whole .torrent, verified. */
  get torrent(): Promise<Uint8Array> {
    return this.#found.promise;
  }

  /** Asks every peer that comes, in the place of the engine, which knows version 1 only. */
  attach(torrent: Torrent): void {
    const [infoHash, found] = [this.#infoHash, this.#found.resolve];
    torrent.on('wire', (wire) =>
      wire.use(
        class extends Asker {
          constructor(own: Wire) {
            super(own, infoHash, found);
          }
        },
      ),
    );
  }
}

/** What the engine calls an extension of a wire. One question at a time. */
class Asker {
  readonly #wire: Wire;
  readonly #infoHash: InfoHashV2;
  readonly #found: (torrent: Uint8Array) => void;
  #answer = Promise.withResolvers<Uint8Array>();
  /** Once is enough, however often it shakes hands. */
  #isAsked = false;

  constructor(wire: Wire, infoHash: InfoHashV2, found: (torrent: Uint8Array) => void) {
    this.#wire = wire;
    this.#infoHash = infoHash;
    this.#found = found;
    this.#answer.promise.catch(() => undefined);
    wire.on('unknownmessage', (message) => {
      if (message[0] === HASHES) this.#answer.resolve(message);
      else if (message[0] === HASH_REJECT) this.#answer.reject(new Error('it has no such hashes'));
    });
    wire.on('close', () => this.#answer.reject(new Error('it is gone')));
  }

  get name(): string {
    return NAME;
  }

  onExtendedHandshake({ m, metadata_size: size }: ExtendedHandshake): void {
    const isTelling =
      m?.[NAME] !== undefined && typeof size === 'number' && size > 0 && size <= METAINFO_LIMITS.maxBytes;
    if (!isTelling || this.#isAsked) return;
    this.#isAsked = true;
    // Another peer may know what this one does not.
    this.#fetch(size).then(this.#found, () => undefined);
  }

  onMessage(bytes: Uint8Array): void {
    const message = Buffer.from(bytes);
    const end = message.indexOf('ee') + 2;
    try {
      const { msg_type: type, piece } = readDictionary(decode(message.subarray(0, end)), NAME);
      if (type === DATA) this.#answer.resolve(message.subarray(end));
      else if (type === REJECT) this.#answer.reject(new Error('it tells nothing'));
      else if (type === REQUEST) this.#wire.extended(NAME, encode({ msg_type: REJECT, piece: piece ?? 0 }));
    } catch {
      this.#answer.reject(new Error('it cannot be understood'));
    }
  }

  async #fetch(size: number): Promise<Uint8Array> {
    const info = await this.#fetchInfo(size);
    if (createHash('sha256').update(info).digest('hex') !== this.#infoHash)
      throw new Error('it tells of something else');
    const layers = new Map<string, Uint8Array>();
    for (const layer of listLayers(info)) {
      layers.set(layer.root.toString('latin1'), encode(await this.#fetchLayer(layer)));
    }
    const members: [string, Uint8Array][] = [
      ['info', info],
      ['piece layers', encodeMembers(layers)],
    ];
    const torrent = encodeMembers(new Map(members));
    readTreePieces(torrent);
    return torrent;
  }

  async #fetchInfo(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let piece = 0; piece * INFO_PIECE_BYTES < size; piece++) {
      const part = await this.#ask(() => this.#wire.extended(NAME, encode({ msg_type: REQUEST, piece })));
      const expected = Math.min(INFO_PIECE_BYTES, size - piece * INFO_PIECE_BYTES);
      if (part.length !== expected) throw new Error('it tells more or less than it said');
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async #fetchLayer({ root, pieces, pieceLength }: TreeLayer): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (const stretch of pieceLayerStretches(root, pieces, pieceLength)) {
      const answer = await this.#ask(() => this.#wire._message(HASH_REQUEST, hashRequestWords(stretch), null));
      const hashes = readHashes(answer, stretch);
      if (hashes === undefined) throw new Error('it answers another question');
      parts.push(hashes);
    }
    return Buffer.concat(parts).subarray(0, pieces * NODE_BYTES);
  }

  async #ask(send: () => void): Promise<Uint8Array> {
    const answer = Promise.withResolvers<Uint8Array>();
    answer.promise.catch(() => undefined);
    this.#answer = answer;
    send();
    return answer.promise;
  }
}
