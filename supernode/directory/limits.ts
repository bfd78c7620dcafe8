// How much one supernode remembers: everything that strangers can make grow has a limit, and each limit a name.

export interface DirectoryLimits {
  readonly maxNodes: number;
  readonly maxSupernodes: number;
  /** Distinct info hashes that somebody planted. */
  readonly maxTorrents: number;
  /** Records of all torrents and planters together, uprooting ones included. */
  readonly maxPlants: number;
  /** Planters that may plant the same torrent. */
  readonly maxPlantersPerTorrent: number;
  /** Records, uprooting ones included, that one planter's key may keep here. */
  readonly maxPlantsPerPlanter: number;
  readonly maxReceiptsPerNode: number;
  readonly maxReceipts: number;
  /** Hashes in one node's catalogue. */
  readonly maxCarriedPerNode: number;
  /** Hashes in all nodes' catalogues together. */
  readonly maxCarried: number;
}

/**
 * With everything full about 1.5 GB. A plant or receipt takes 1 KB, a hash in a catalogue 250 bytes: 500 MB of plants, two
 * for each torrent, 750 MB of receipts, three for each torrent, 250 MB of catalogues; members take 10 MB.
 */
export const DIRECTORY_LIMITS: DirectoryLimits = {
  maxNodes: 10_000,
  maxSupernodes: 256,
  maxTorrents: 250_000,
  maxPlants: 500_000,
  maxPlantersPerTorrent: 32,
  maxPlantsPerPlanter: 20_000,
  maxReceiptsPerNode: 100_000,
  maxReceipts: 750_000,
  maxCarriedPerNode: 100_000,
  maxCarried: 1_000_000,
};
