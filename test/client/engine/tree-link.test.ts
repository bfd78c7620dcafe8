import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { Extension, Torrent, Wire } from 'webtorrent';
import { TreeLink } from '../../../client/engine/tree-link.ts';
import { listContent } from '../../../planter/content.ts';
import { makeTorrent, PLAIN_WISH } from '../../../planter/create/create.ts';
import { decode, encode, METAINFO_LIMITS, rawMembers } from '../../../shared/protocol/encoding/bencoding.ts';
import { HASH_REJECT, HASHES } from '../../../shared/protocol/torrent/hash-messages.ts';
import { readMetainfo } from '../../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { until } from '../../helpers/until.ts';

const PIECE_LENGTH = 16 * 1024;
const INFO_PIECE_BYTES = 16 * 1024;

describe('client/engine/tree-link.ts', () => {
  let info: Buffer;
  let layers: ReadonlyMap<string, Uint8Array>;
  let engine: EventEmitter;
  let link: TreeLink;
  let found: Uint8Array | undefined;

  before(async () => {
    using folder = new TemporaryFolder();
    // Names enough that `info` comes in two pieces.
    for (let index = 0; index < 300; index++) folder.write(`album/${'x'.repeat(50)}${index}`, `${index}`);
    folder.write('album/large', randomBytes(3 * PIECE_LENGTH + 1));
    const wish = { ...PLAIN_WISH, version: 'v2', pieceLength: PIECE_LENGTH } as const;
    const torrent = await makeTorrent(await listContent(folder.at('album')), wish, { now: 0 });
    const members = rawMembers(torrent, METAINFO_LIMITS);
    info = Buffer.from(members.get('info')!);
    layers = rawMembers(members.get('piece layers')!, METAINFO_LIMITS);
    expect(info.length).to.be.greaterThan(INFO_PIECE_BYTES);
  });

  beforeEach(() => {
    engine = new EventEmitter();
    link = new TreeLink(createHash('sha256').update(info).digest('hex'));
    link.attach(engine as unknown as Torrent);
    found = undefined;
    link.torrent.then((torrent) => {
      found = torrent;
    });
  });

  it('gathers the .torrent out of what a peer tells', async () => {
    new Peer(engine).shakeHands();
    const { version, files } = readMetainfo(await link.torrent);
    expect([version, files.length]).to.deep.equal(['v2', 301]);
    expect(rawMembers(await link.torrent, METAINFO_LIMITS).get('info')).to.deep.equal(info);
  });

  it('goes on to another peer when one lies, refuses, is silent or goes', async () => {
    const liar = new Peer(engine);
    liar.info = Buffer.from(info).fill(0x31, 100, 101);
    const forger = new Peer(engine);
    forger.hashes = Buffer.alloc(128);
    const ignorant = new Peer(engine);
    ignorant.hashes = undefined;
    for (const peer of [liar, forger, ignorant]) {
      peer.shakeHands();
      await until(() => peer.isDone);
    }
    const leaving = new Peer(engine);
    leaving.isSilent = true;
    leaving.shakeHands();
    leaving.wire.emit('close');
    new Peer(engine).shakeHands({ m: {}, metadata_size: info.length });
    new Peer(engine).shakeHands({ m: { ut_metadata: 1 }, metadata_size: 2 ** 40 });
    expect(found).to.equal(undefined);
    new Peer(engine).shakeHands();
    expect(readMetainfo(await link.torrent).version).to.equal('v2');
  });

  it('asks one that tells more than it said for nothing else, and no peer twice', async () => {
    const talker = new Peer(engine);
    talker.surplus = Buffer.alloc(1);
    for (let times = 0; times < 3; times++) talker.shakeHands();
    await until(() => talker.hasAnswered);
    await new Promise(setImmediate);
    expect(talker.said).to.deep.equal([{ msg_type: 0, piece: 0 }]);
  });

  it('tells peers that ask that it knows nothing yet', () => {
    const peer = new Peer(engine);
    peer.extension.onMessage(encode({ msg_type: 0, piece: 3 }));
    expect(peer.said).to.deep.equal([{ msg_type: 2, piece: 3 }]);
  });

  /** Answers as a seed does, each message in its own turn. */
  class Peer {
    readonly wire = new EventEmitter();
    readonly said: unknown[] = [];
    extension!: Extension;
    info = info;
    hashes: Buffer | undefined = layerBytes();
    isSilent = false;
    /** Behind each part. */
    surplus = Buffer.alloc(0);
    hasAnswered = false;
    /** It was asked for its last thing. */
    isDone = false;

    constructor(torrent: EventEmitter) {
      const use = (Type: new (wire: Wire) => Extension): void => {
        this.extension = new Type(this.wire as unknown as Wire);
      };
      const extended = (_name: string, bytes: Uint8Array): void => this.#hear(bytes);
      const _message = (_id: number, words: readonly number[]): void => this.#hearRequest(words);
      torrent.emit('wire', Object.assign(this.wire, { use, extended, _message }));
    }

    shakeHands(handshake: object = { m: { ut_metadata: 1 }, metadata_size: info.length }): void {
      this.extension.onExtendedHandshake(handshake);
    }

    #hear(bytes: Uint8Array): void {
      const message = decode(bytes) as { msg_type: number; piece: number };
      this.said.push({ ...message });
      if (message.msg_type !== 0 || this.isSilent) return;
      const start = message.piece * INFO_PIECE_BYTES;
      const head = encode({ msg_type: 1, piece: message.piece, total_size: this.info.length });
      const part = this.info.subarray(start, start + INFO_PIECE_BYTES);
      this.isDone = this.info !== info && start + INFO_PIECE_BYTES >= this.info.length;
      setImmediate(() => {
        this.hasAnswered = true;
        this.extension.onMessage(Buffer.concat([head, part, this.surplus]));
      });
    }

    #hearRequest(words: readonly number[]): void {
      const head = Buffer.alloc(words.length * 4);
      for (const [index, word] of words.entries()) head.writeUInt32BE(word >>> 0, 4 * index);
      const { hashes } = this;
      const answer = hashes === undefined ? [HASH_REJECT, ...head] : [HASHES, ...head, ...hashes];
      this.isDone = true;
      setImmediate(() => this.wire.emit('unknownmessage', Buffer.from(answer)));
    }
  }

  function layerBytes(): Buffer {
    const [layer] = layers.values();
    return Buffer.from(decode(layer!) as Uint8Array);
  }
});
