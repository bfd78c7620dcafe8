// One torrent in the engine: what of it is wanted, how far it is, and who its peers are.

import type { File, Torrent } from 'webtorrent';
import type { InfoHashV2 } from '../../shared/protocol/torrent/info-hash.ts';
import { type Metainfo, readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';
import type { CompactPeer } from '../../shared/protocol/tracker/compact-peers.ts';
import { type Damage, DamageWatch } from './damage-watch.ts';
import { engineError } from './engine-error.ts';
import type { FileStore } from './file-store.ts';
import { hearMetadata } from './metadata-guard.ts';
import { pieceRanges } from './piece-ranges.ts';
import type { TreeLink } from './tree-link.ts';

export interface TransferOptions {
  /** Where the torrent's file or folder lies or shall lie. */
  readonly folder: string;
  readonly isSeed: boolean;
  readonly isSequential: boolean;
  readonly isPrivate: boolean;
  /** Of a link to a torrent of version 2 only: nothing but its .torrent is fetched. */
  readonly infoHashV2: InfoHashV2 | undefined;
  readonly onDamage: (damage: Damage) => void;
  /** Which files to download; throws PublicError when there are none such. */
  readonly select: (files: readonly StoredFile[]) => ReadonlySet<StoredFile>;
}

/** Where a peer came from. */
export type PeerSource = 'tracker' | 'incoming' | 'other';

export interface TransferStatus {
  /** Bytes that are wanted, and those of them that are here. */
  readonly length: number;
  readonly downloaded: number;
  /** Bytes that went to peers and came from them. */
  readonly uploaded: number;
  readonly received: number;
  /** Bytes per second. */
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly peers: Readonly<Record<PeerSource, number>>;
}

export interface WantedFile {
  /** Absolute path. */
  readonly path: string;
  readonly length: number;
}

type TransferWish = Pick<TransferOptions, 'select' | 'onDamage'> & {
  readonly file: Uint8Array | undefined;
  readonly link: TreeLink | undefined;
};

const SOURCE_TRACKER = 'tracker';
const MAX_FROM_TRACKERS = 10_000;
/** Peers that wait to be called; whoever tells of more, a tracker, a peer or the DHT, is not heard. */
const MAX_WAITING = 1000;

export class Transfer {
  /** The metainfo is known, and what is on the disk has been verified. */
  readonly ready: Promise<void>;
  /** All that is wanted is here and verified. */
  readonly complete: Promise<void>;
  /** Rejects when the transfer cannot go on. */
  readonly failed: Promise<never>;
  readonly #torrent: Torrent;
  readonly #select: TransferOptions['select'];
  /** The .torrent, when it was known before. */
  #file: Uint8Array | undefined;
  readonly #failed = Promise.withResolvers<never>();
  readonly #known = Promise.withResolvers<void>();
  /** The latest, 'address port' each. */
  readonly #fromTrackers = new Set<string>();
  #wanted: readonly { readonly stored: StoredFile; readonly file: File }[] = [];
  #store: FileStore | undefined;
  #isVerifying = false;

  constructor(torrent: Torrent, store: Promise<FileStore>, { file, link, select, onDamage }: TransferWish) {
    this.#torrent = torrent;
    this.#select = select;
    this.#file = file;
    const complete = Promise.withResolvers<void>();
    this.failed = this.#failed.promise;
    this.complete = complete.promise;
    // Whoever awaits them hears of it.
    for (const promise of [this.failed, this.complete]) promise.catch(() => undefined);
    torrent.on('infoHash', () => this.#known.resolve());
    torrent.on('error', (error) => this.#failed.reject(engineError(error)));
    if (link === undefined) hearMetadata(torrent, (error) => this.#failed.reject(engineError(error)));
    boundPeers(torrent);
    new DamageWatch(torrent, onDamage);
    this.ready = link === undefined ? this.#prepare(store, complete.resolve) : this.#fetch(link);
    this.ready.catch(this.#failed.reject);
  }

  get metainfo(): Metainfo {
    return readMetainfo(this.torrentFile);
  }

  get torrentFile(): Uint8Array {
    return this.#file ?? this.#torrent.torrentFile;
  }

  /** The metainfo is known, and what is on the disk is looked at. */
  get isVerifying(): boolean {
    return this.#isVerifying;
  }

  get isComplete(): boolean {
    return this.#store !== undefined && this.#wanted.every(({ file }) => file.done || file.length === 0);
  }

  /** The files that are wanted; empty before `ready`. */
  get files(): readonly WantedFile[] {
    const store = this.#store;
    if (store === undefined) return [];
    return this.#wanted.map(({ stored }) => ({ path: store.place(stored), length: stored.length }));
  }

  async addPeers(peers: readonly CompactPeer[]): Promise<void> {
    await this.#known.promise;
    for (const { address, port } of peers) {
      if (port === 0) continue;
      const endpoint = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
      this.#fromTrackers.add(`${address} ${port}`);
      if (this.#fromTrackers.size > MAX_FROM_TRACKERS)
        this.#fromTrackers.delete(this.#fromTrackers.keys().next().value!);
      this.#torrent.addPeer(endpoint, SOURCE_TRACKER);
    }
  }

  /** To be called once, while it goes well. */
  remove(): Promise<void> {
    return new Promise((resolve) => this.#torrent.destroy(resolve));
  }

  status(): TransferStatus {
    const { uploaded, received, downloadSpeed, uploadSpeed } = this.#torrent;
    const sum = (of: (file: File) => number) => this.#wanted.reduce((total, { file }) => total + of(file), 0);
    return {
      length: sum((file) => file.length),
      downloaded: sum((file) => (file.length === 0 ? 0 : file.downloaded)),
      uploaded,
      received,
      downloadRate: downloadSpeed,
      uploadRate: uploadSpeed,
      peers: this.#countPeers(),
    };
  }

  /** Bytes of the whole torrent that are not here, wanted or not; undefined before the metainfo is known. */
  get left(): number | undefined {
    return this.#store === undefined ? undefined : Math.max(0, this.#torrent.length - this.#torrent.downloaded);
  }

  async #fetch(link: TreeLink): Promise<void> {
    this.#file = await link.torrent;
  }

  async #prepare(opened: Promise<FileStore>, complete: () => void): Promise<void> {
    const ready = new Promise<void>((resolve) => this.#torrent.on('ready', resolve));
    const store = await opened;
    this.#isVerifying = true;
    await ready;
    this.#isVerifying = false;
    const selected = this.#select(store.files.filter(({ isPadding }) => !isPadding));
    this.#wanted = store.files.flatMap((stored, index) => {
      const file = this.#torrent.files[index];
      return file !== undefined && selected.has(stored) ? [{ stored, file }] : [];
    });
    this.#store = store;
    let missing = this.#wanted.filter(({ file }) => !file.done).length;
    const finish = (): void => void store.finish(selected).then(complete, this.#failed.reject);
    for (const { file } of this.#wanted) {
      if (!file.done) file.on('done', () => --missing === 0 && finish());
    }
    const wanted = this.#wanted.map(({ stored }) => stored);
    for (const { from, to } of pieceRanges(wanted, store.chunkLength)) this.#torrent.select(from, to);
    if (missing === 0) finish();
  }

  #countPeers(): Record<PeerSource, number> {
    const counts = { tracker: 0, incoming: 0, other: 0 };
    for (const { remoteAddress, remotePort, type } of this.#torrent.wires) {
      if (this.#fromTrackers.has(`${remoteAddress} ${remotePort}`)) counts.tracker++;
      else if (type.endsWith('Incoming')) counts.incoming++;
      else counts.other++;
    }
    return counts;
  }
}

function boundPeers(torrent: Torrent): void {
  const add = torrent.addPeer.bind(torrent);
  torrent.addPeer = (peer, source) => {
    // Those of WebRTC are connections already, and wait for nothing.
    return typeof peer !== 'string' || torrent._numQueued < MAX_WAITING ? add(peer, source) : false;
  };
}
