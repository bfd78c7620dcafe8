// The engine among peers that mean it ill: it drops them, and goes on.

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { Engine } from '../../../client/engine/engine.ts';
import { MAX_INCOMING_PER_ADDRESS } from '../../../client/engine/incoming.ts';
import type { Transfer } from '../../../client/engine/transfer.ts';
import { MAX_MESSAGE_BYTES, MAX_PIECES, MAX_REQUESTS } from '../../../client/engine/wire-guard.ts';
import { encode } from '../../../shared/protocol/encoding/bencoding.ts';
import { callPeer, extended, handshake, listenAsPeer, message, wordOf } from '../../helpers/raw-peer.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { infoV1, singleFileTorrent } from '../../helpers/torrents.ts';

const [UNCHOKE, INTERESTED, HAVE, REQUEST, HAVE_ALL, ALLOWED_FAST] = [1, 2, 4, 6, 14, 17];
const CONTENT = randomBytes(64 * 1024);
const OPTIONS = {
  ports: { first: 0, last: 0 },
  downloadLimit: undefined,
  uploadLimit: undefined,
  dht: undefined,
  usesExchange: true,
  allowNetworks: [],
};

describe('client/engine: hostile peers', () => {
  let folder: TemporaryFolder;
  let engine: Engine;
  let sockets: Socket[];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    sockets = [];
    engine = await Engine.start({ ...OPTIONS, webSocketTrackers: [] });
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await engine.close();
    folder.remove();
  });

  describe('that call a seed', () => {
    let infoHash: string;

    beforeEach(async () => {
      folder.write('a.bin', CONTENT);
      const seed = add(singleFileTorrent('a.bin', CONTENT, { announce: 'http://127.0.0.1:1/announce' }), true);
      await seed.ready;
      infoHash = seed.metainfo.infoHash!;
    });

    afterEach(async () => {
      const [answer] = (await once(await call(handshake(infoHash)), 'data')) as [Buffer];
      expect(answer.toString('latin1', 1, 20), 'it answers honest ones').to.equal('BitTorrent protocol');
    });

    it('drops one whose key is none', async () => {
      await isDropped(await call(Buffer.alloc(96)));
    });

    it('lets one address have some connections, and no more', async () => {
      const some = await Promise.all(Array.from({ length: MAX_INCOMING_PER_ADDRESS }, () => call()));
      await isDropped(await call());
      for (const socket of some) {
        expect(socket.closed).to.equal(false);
        socket.end();
        await isDropped(socket);
      }
    });

    it('drops one that begins a message without end', async () => {
      await isDropped(await call(handshake(infoHash), wordOf(MAX_MESSAGE_BYTES + 1)));
    });

    for (const piece of [MAX_PIECES, 2 ** 31 - 1, 2 ** 32 - 1]) {
      it(`drops one that has piece ${piece}`, async () => {
        await isDropped(await interested(), message(HAVE, piece));
      });
    }

    it('drops one that asks for what no torrent has', async () => {
      const request = message(REQUEST, 0, 0, 2 ** 32 - 1);
      await isDropped(await interested(), request);
    });

    it('drops one that asks and asks, and reads nothing', async () => {
      const many = Buffer.concat(Array.from({ length: 2 * MAX_REQUESTS }, () => message(REQUEST, 0, 0, 16_384)));
      await isDropped(await interested(), many);
    });

    /** Resolves when it may ask. */
    async function interested(): Promise<Socket> {
      const socket = await call(handshake(infoHash));
      await hears(socket, message(HAVE_ALL));
      socket.write(message(INTERESTED));
      await hears(socket, message(UNCHOKE));
      return socket;
    }
  });

  it('asks one that allows what no torrent has for nothing of the kind', async () => {
    const torrent = singleFileTorrent('b.bin', CONTENT, { announce: 'http://127.0.0.1:1/announce' });
    const transfer = add(torrent, false);
    await transfer.ready;
    const peer = await listenAsPeer(handshake(transfer.metainfo.infoHash!), message(HAVE_ALL));
    const called = once(peer, 'connection') as Promise<[Socket]>;
    await transfer.addPeers([{ address: '127.0.0.1', port: (peer.address() as AddressInfo).port }]);
    const [socket] = await called;
    sockets.push(socket);
    peer.close();
    await hears(socket, message(INTERESTED));
    socket.write(message(ALLOWED_FAST, 7_000_000));
    socket.write(message(UNCHOKE));
    await hears(socket, message(REQUEST, 0, 0, 0).subarray(0, 5));
  });

  describe('that are asked what a hash is of', () => {
    it('says so when it is no torrent', async () => {
      expect(await told(Buffer.from('garbage'))).to.equal('the hash is of something that is no torrent');
    });

    it('refuses a torrent whose files would lie elsewhere', async () => {
      const info = encode({ ...infoV1('../evil') });
      expect(await told(info)).to.equal('a file in it has an unsafe name');
    });

    it('drops one that tells a part of nothing', async () => {
      const infoHash = '1'.repeat(40);
      const peer = await listenAsPeer(handshake(infoHash), tells(5, 1e9, Buffer.from('l1:ae')));
      const called = once(peer, 'connection') as Promise<[Socket]>;
      await add(infoHash, false).addPeers([{ address: '127.0.0.1', port: (peer.address() as AddressInfo).port }]);
      const [socket] = await called;
      peer.close();
      await isDropped(socket);
    });

    /** How a transfer fails whose peer tells `info`. */
    async function told(info: Buffer): Promise<string> {
      const infoHash = createHash('sha1').update(info).digest('hex');
      const peer = await listenAsPeer(handshake(infoHash), tells(info.length, 0, info));
      const transfer = add(infoHash, false);
      await transfer.addPeers([{ address: '127.0.0.1', port: (peer.address() as AddressInfo).port }]);
      const error: unknown = await transfer.failed.catch((reason: unknown) => reason);
      peer.close();
      return (error as Error).message;
    }

    function tells(size: number, piece: number, bytes: Buffer): Buffer {
      const greeting = extended(0, { m: { ut_metadata: 1 }, metadata_size: size });
      return Buffer.concat([greeting, extended(1, { msg_type: 1, piece, total_size: size }, bytes)]);
    }
  });

  function add(torrent: Buffer | string, isSeed: boolean): Transfer {
    return engine.add(torrent, {
      folder: folder.path,
      isSeed,
      isSequential: false,
      isPrivate: false,
      infoHashV2: undefined,
      onDamage: () => undefined,
      select: (files) => new Set(files),
    });
  }

  async function call(...said: readonly Uint8Array[]): Promise<Socket> {
    const socket = await callPeer(engine.port, ...said);
    sockets.push(socket);
    return socket;
  }

  /** Reads no further than that. */
  async function hears(socket: Socket, expected: Buffer): Promise<void> {
    socket.resume();
    for (let heard = Buffer.alloc(0); !heard.includes(expected); ) {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      heard = Buffer.concat([heard, bytes]);
    }
    socket.pause();
  }

  /** Reads on until the other side has ended. */
  async function isDropped(socket: Socket, said?: Uint8Array): Promise<void> {
    if (said !== undefined) socket.write(said);
    // By a reset or not: `once` would reject.
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await closed;
  }
});
