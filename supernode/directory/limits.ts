// How much one supernode remembers: everything that strangers can make grow has a limit, and each limit a name.

export interface DirectoryLimits {
  readonly maxNodes: number;
  readonly maxSupernodes: number;
  /** Distinct info hashes that somebody planted. */
  readonly maxTorrents: number;
  /** Records of all torrents and planters together, uprooting ones included. */
  readonly maxPlants: number;
  /** What of those records is kept as bytes: 72 for most, more for those of hybrid torrents. */
  readonly maxPlantBytes: number;
  /** Keys that have planted something. */
  readonly maxPlanters: number;
  /** Planters that may plant the same torrent. */
  readonly maxPlantersPerTorrent: number;
  /** Records, uprooting ones included, that one planter's key may keep here. */
  readonly maxPlantsPerPlanter: number;
  /** Receipts that no catalogue has confirmed or denied yet. */
  readonly maxReceiptsPerNode: number;
  readonly maxReceipts: number;
  /** Authors of receipts, and nodes with a catalogue: more than there are nodes, since receipts may come before those. */
  readonly maxHolders: number;
  /** Hashes in one node's catalogue. */
  readonly maxCarriedPerNode: number;
  /** Hashes in all nodes' catalogues together. */
  readonly maxCarried: number;
}

/**
 * With everything full about 2 GB, of which 0.3 GB are objects of JavaScript: 160 MB to find 4 million torrents, 480 MB of
 * plants (24 bytes and a signature each), 150 MB of planters, 460 MB of catalogues, three hashes for each torrent, 360 MB of
 * receipts, 100 MB of members and their rankings. Nodes that claim to carry what nobody planted can add 520 MB, since each
 * hash is found by an entry of 40 bytes. Memory comes into use as it is needed.
 */
export const DIRECTORY_LIMITS: DirectoryLimits = {
  maxNodes: 10_000,
  maxSupernodes: 256,
  maxTorrents: 4_000_000,
  maxPlants: 5_000_000,
  maxPlantBytes: 540_000_000,
  maxPlanters: 1_000_000,
  maxPlantersPerTorrent: 32,
  maxPlantsPerPlanter: 200_000,
  maxReceiptsPerNode: 100_000,
  maxReceipts: 1_000_000,
  maxHolders: 20_000,
  maxCarriedPerNode: 500_000,
  maxCarried: 12_000_000,
};
