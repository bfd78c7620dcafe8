// The tracker's rules in their plainest form, objects in Maps, as an oracle for the packed one: slow and obviously right.

export interface NaivePeer {
  isSeeder: boolean;
  /** The eight bits of the identity that the packed tracker keeps. */
  fingerprint: number;
  minute: number;
}

export interface NaiveTorrent {
  /** By endpoint: `4 1.2.3.4 80`. */
  readonly peers: Map<string, NaivePeer>;
  downloaded: number;
  isPlanted: boolean;
}

export interface NaiveAnnounce {
  readonly endpoint: string;
  readonly event: 'none' | 'completed' | 'started' | 'stopped';
  readonly isSeeder: boolean;
  readonly identity: number;
}

export class NaiveTracker {
  readonly torrents = new Map<string, NaiveTorrent>();
  readonly #lifetimeMinutes: number;
  readonly #maxPeersPerTorrent: number;

  constructor(lifetimeMinutes: number, maxPeersPerTorrent: number) {
    this.#lifetimeMinutes = lifetimeMinutes;
    this.#maxPeersPerTorrent = maxPeersPerTorrent;
  }

  /** False when refused. */
  announce(hash: string, announce: NaiveAnnounce, minute: number): boolean {
    const torrent = this.torrents.get(hash) ?? { peers: new Map(), downloaded: 0, isPlanted: false };
    const known = torrent.peers.get(announce.endpoint);
    const fingerprint = announce.identity & 0xff;
    if (announce.event === 'stopped') {
      if (known?.fingerprint === fingerprint) torrent.peers.delete(announce.endpoint);
      this.#forget(hash, torrent);
      return true;
    }
    if (known === undefined && torrent.peers.size >= this.#maxPeersPerTorrent) return false;
    const isSeeder = announce.isSeeder || announce.event === 'completed';
    if (announce.event === 'completed' && known?.isSeeder !== true) torrent.downloaded++;
    torrent.peers.set(announce.endpoint, { isSeeder, fingerprint, minute });
    this.torrents.set(hash, torrent);
    return true;
  }

  carry(hash: string): void {
    const torrent = this.torrents.get(hash) ?? { peers: new Map(), downloaded: 0, isPlanted: false };
    torrent.isPlanted = true;
    this.torrents.set(hash, torrent);
  }

  drop(hash: string): void {
    const torrent = this.torrents.get(hash);
    if (torrent === undefined) return;
    torrent.isPlanted = false;
    this.#forget(hash, torrent);
  }

  sweep(minute: number): number {
    let expired = 0;
    for (const [hash, torrent] of this.torrents) {
      for (const [endpoint, peer] of torrent.peers) {
        if (minute - peer.minute > this.#lifetimeMinutes && torrent.peers.delete(endpoint)) expired++;
      }
      this.#forget(hash, torrent);
    }
    return expired;
  }

  #forget(hash: string, torrent: NaiveTorrent): void {
    if (torrent.peers.size === 0 && !torrent.isPlanted) this.torrents.delete(hash);
  }
}
