// Downloads and seeds with the package webtorrent, which is loaded here and nowhere else. It finds no peers by itself, but
// for those of DHT, exchange and WebRTC: whoever drives it announces and hands in what trackers answer.

import type { EventEmitter } from 'node:events';
import type WebTorrent from 'webtorrent';
import type { Torrent } from 'webtorrent';
import { PublicError } from '../../shared/errors.ts';
import { hasCode } from '../../shared/platform/files.ts';
import { METAINFO_LIMITS, rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { readLayout, readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { engineError } from './engine-error.ts';
import { FileStore } from './file-store.ts';
import { boundIncoming } from './incoming.ts';
import { loadWebTorrent } from './load.ts';
import { dataLengths, leaveOutPadding } from './padding.ts';
import { Transfer, type TransferOptions } from './transfer.ts';
import { TreeLink } from './tree-link.ts';
import { TreeTorrent } from './tree-torrent.ts';
import { WebSeeds, webSeedsOf } from './web-seeds.ts';

export interface DhtOptions {
  /** What it gives stands for a socket of node:dgram, and keeps malformed datagrams from the package, which would not survive them. */
  readonly open: () => EventEmitter;
  /** Nodes to begin with; the public ones when left out. */
  readonly bootstrap?: readonly { readonly host: string; readonly port: number }[];
}

/** The first that is free is taken; 0 is any that is. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export interface EngineOptions {
  /** TCP, for peers. */
  readonly ports: PortRange;
  /** Bytes per second; undefined: as fast as it goes. */
  readonly downloadLimit: number | undefined;
  readonly uploadLimit: number | undefined;
  /** undefined: peers are not looked for in the DHT. */
  readonly dht: DhtOptions | undefined;
  readonly usesExchange: boolean;
  /** Networks (CIDR) that web seeds may redirect to although they are not public. */
  readonly allowNetworks: readonly string[];
  /** Trackers that introduce WebRTC peers (ws, wss). */
  readonly webSocketTrackers: readonly string[];
}

export class Engine {
  readonly #client: WebTorrent;
  readonly #webSocketTrackers: readonly string[];
  readonly #allowNetworks: readonly string[];
  readonly #failed = Promise.withResolvers<never>();

  private constructor(client: WebTorrent, { webSocketTrackers, allowNetworks }: EngineOptions) {
    this.#client = client;
    this.#webSocketTrackers = webSocketTrackers;
    this.#allowNetworks = allowNetworks;
    this.#failed.promise.catch(() => undefined);
    client.on('error', (error) => this.#failed.reject(engineError(error)));
  }

  /** Resolves when it listens for peers. Throws PublicError 'engine'. */
  static async start(options: EngineOptions): Promise<Engine> {
    const { first, last } = options.ports;
    for (let port = first; port <= last; port++) {
      const engine = await Engine.#listen(port, options);
      if (engine !== undefined) return engine;
    }
    const text = first === last ? `port ${first} is in use` : `all ports from ${first} to ${last} are in use`;
    throw new PublicError('engine', `${text}: choose another with --port`);
  }

  /** undefined when the port is in use. */
  static async #listen(port: number, options: EngineOptions): Promise<Engine | undefined> {
    const Client = await loadWebTorrent();
    const { downloadLimit, uploadLimit, webSocketTrackers, dht } = options;
    const client = new Client({
      torrentPort: port,
      dht: dht === undefined ? false : { ...dht, socket: dht.open() },
      utPex: options.usesExchange,
      tracker: webSocketTrackers.length > 0 ? {} : false,
      lsd: false,
      natUpnp: false,
      natPmp: false,
      utp: false,
      ...(downloadLimit === undefined ? {} : { downloadLimit }),
      ...(uploadLimit === undefined ? {} : { uploadLimit }),
    });
    boundIncoming(client._connPool.tcpServer);
    const engine = new Engine(client, options);
    const listening = new Promise<void>((resolve) => client.once('listening', resolve));
    try {
      if (!client.listening) await Promise.race([listening, engine.failed]);
      return engine;
    } catch (error) {
      if (error instanceof PublicError && hasCode(error.cause, 'EADDRINUSE')) return undefined;
      throw error;
    }
  }

  /** Rejects when the engine cannot go on. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** TCP port where peers are awaited. */
  get port(): number {
    return this.#client.torrentPort;
  }

  /** 20 bytes. */
  get peerId(): Buffer {
    return Buffer.from(this.#client.peerId, 'hex');
  }

  /** `torrent` is a whole .torrent, or the hash of one whose metainfo is to be had from peers. */
  add(torrent: Uint8Array | InfoHash, options: TransferOptions): Transfer {
    const { folder, isSeed, isSequential, isPrivate } = options;
    const store = Promise.withResolvers<FileStore>();
    const file = typeof torrent === 'string' ? undefined : torrent;
    const tree = file !== undefined && readMetainfo(file).version === 'v2' ? new TreeTorrent(file) : undefined;
    const onPiece = tree?.learn.bind(tree);
    const added = this.#client.add(tree?.parsed ?? (file === undefined ? torrent : withWebSeeds(file)), {
      path: folder,
      announce: this.#webSocketTrackers,
      store: FileStore,
      storeOpts: { folder, isReadOnly: isSeed, torrentFile: file, onStore: store.resolve, onPiece },
      strategy: isSequential ? 'sequential' : 'rarest',
      deselect: true,
      // Blocks are read as they are asked for: twenty whole pieces in memory make nothing faster.
      storeCacheSlots: 0,
      ...(isPrivate ? { private: true } : {}),
    });
    const link = options.infoHashV2 === undefined ? undefined : new TreeLink(options.infoHashV2);
    link?.attach(added);
    if (file !== undefined && webSeedsOf(file).length > 0) new WebSeeds(file, this.#allowNetworks).attach(added);
    if (tree !== undefined) tree.attach(added);
    else if (file !== undefined) leaveOutPaddingOf(file, added);
    return new Transfer(added, store.promise, { ...options, file, link });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#client.destroy(() => resolve()));
  }
}

function withWebSeeds(file: Uint8Array): Uint8Array {
  return rewriteDictionary(file, { 'url-list': webSeedsOf(file) }, METAINFO_LIMITS);
}

function leaveOutPaddingOf(file: Uint8Array, torrent: Torrent): void {
  const layout = readLayout(file);
  const hasPadding = layout.some(({ isPadding }) => isPadding);
  if (hasPadding) leaveOutPadding(torrent, dataLengths(layout, readMetainfo(file).pieceLength));
}
