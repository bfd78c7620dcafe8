// How much one supernode remembers: everything that strangers can make grow has a limit, and each limit a name.

export interface DirectoryLimits {
  readonly maxNodes: number;
  readonly maxSupernodes: number;
  /** Distinct info hashes that somebody planted. */
  readonly maxTorrents: number;
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

export const DIRECTORY_LIMITS: DirectoryLimits = {
  maxNodes: 10_000,
  maxSupernodes: 256,
  maxTorrents: 1_000_000,
  maxPlantersPerTorrent: 32,
  maxPlantsPerPlanter: 20_000,
  maxReceiptsPerNode: 200_000,
  maxReceipts: 5_000_000,
  maxCarriedPerNode: 200_000,
  maxCarried: 5_000_000,
};
