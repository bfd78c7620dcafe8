// The lists that are in force. Whoever reads them anew replaces them here, whole.

import { REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import type { NetworkList } from './network-list.ts';
import type { TorrentList } from './torrent-list.ts';

export class AccessLists {
  /** Only these torrents are served; undefined = all. */
  allowed: TorrentList | undefined = undefined;
  /** These torrents are not served, allowed or not. */
  denied: TorrentList | undefined = undefined;
  /** Nothing from these addresses is served. */
  banned: NetworkList | undefined = undefined;

  /** Why the torrent whose 20-byte hash is at `offset` is not served. */
  checkTorrent(infoHash: Uint8Array, offset: number): Refusal | undefined {
    if (this.denied?.has(infoHash, offset)) return REFUSALS.forbiddenTorrent;
    if (this.allowed !== undefined && !this.allowed.has(infoHash, offset)) return REFUSALS.forbiddenTorrent;
    return undefined;
  }
}
