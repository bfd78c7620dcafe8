// The planted torrents of a node: kept while nobody announces, with counts of downloads that survive a restart.

import { PublicError } from '../../shared/errors.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { REFUSALS } from '../../shared/protocol/tracker/refusal.ts';
import type { SwarmStore } from './swarm-store.ts';
import type { Torrent } from './torrent-table.ts';

/** A torrent's count of downloads since it was first planted here. */
export interface DownloadedCount {
  readonly infoHash: InfoHash;
  readonly downloaded: number;
}

export class PlantedTorrents {
  count = 0;
  readonly #store: SwarmStore;
  /** Torrents whose count changed since it was last taken. */
  readonly #changed = new Set<Torrent>();

  constructor(store: SwarmStore) {
    this.#store = store;
  }

  has(infoHash: InfoHash): boolean {
    return this.#find(infoHash) !== 0;
  }

  /** Throws PublicError 'full'. Downloads counted already are kept when they are more. */
  add(infoHash: InfoHash, downloaded: number): void {
    const { torrents } = this.#store;
    const bytes = infoHashBytes(infoHash);
    let torrent = torrents.find(bytes, 0);
    if (torrent === 0) {
      if (torrents.isFull) throw new PublicError('full', REFUSALS.full.message, { status: 503 });
      torrent = torrents.add(bytes, 0);
    }
    if (!torrents.isPlanted(torrent)) {
      torrents.setPlanted(torrent, true);
      this.count++;
    }
    if (downloaded > torrents.downloaded(torrent)) torrents.setDownloaded(torrent, downloaded);
  }

  /** From then on the torrent is kept by its peers alone; they go too when `isWithPeers`. */
  remove(infoHash: InfoHash, isWithPeers: boolean): void {
    const torrent = this.#find(infoHash);
    if (torrent === 0) return;
    this.#store.shared.unlinkAll(torrent);
    this.#store.torrents.setPlanted(torrent, false);
    this.#changed.delete(torrent);
    this.count--;
    if (isWithPeers) this.#store.removePeers(torrent);
    this.#store.forgetIfUnused(torrent);
  }

  noteDownload(torrent: Torrent): void {
    if (this.#store.torrents.isPlanted(torrent)) this.#changed.add(torrent);
  }

  takeDownloaded(max: number): DownloadedCount[] {
    const { torrents } = this.#store;
    const taken: DownloadedCount[] = [];
    for (const torrent of this.#changed) {
      if (taken.length === max) break;
      this.#changed.delete(torrent);
      taken.push({ infoHash: torrents.infoHash(torrent), downloaded: torrents.downloaded(torrent) });
    }
    return taken;
  }

  #find(infoHash: InfoHash): Torrent {
    const torrent = this.#store.torrents.find(infoHashBytes(infoHash), 0);
    return torrent !== 0 && this.#store.torrents.isPlanted(torrent) ? torrent : 0;
  }
}
