// What a transfer is to do, and the world in which it does it.

import type { Resolve } from '../../shared/http/resolve.ts';
import type { NetworkWish } from '../../shared/network/network-options.ts';
import type { Identity } from '../../shared/network/reached-network.ts';
import type { TorrentArgument } from '../../shared/network/torrent-argument.ts';
import type { InfoHashV2 } from '../../shared/protocol/torrent/info-hash.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';
import type { EngineOptions } from '../engine/engine.ts';
import type { SeedingGoal } from './options.ts';
import type { Reporter } from './reporter.ts';

export interface TransferPlan {
  readonly torrent: TorrentArgument;
  readonly folder: string;
  /** All data must be there already. */
  readonly isSeed: boolean;
  readonly isSequential: boolean;
  readonly select: (files: readonly StoredFile[]) => ReadonlySet<StoredFile>;
  /** Told the .torrent when nothing else is wanted. */
  readonly onMetainfo?: ((torrent: Uint8Array) => void) | undefined;
  /** What to do when everything is here; undefined: end. */
  readonly seeding: SeedingGoal | undefined;
  /** Give up when nothing has come for so long; undefined: never. */
  readonly giveUpMs: number | undefined;
  readonly engine: Omit<EngineOptions, 'webSocketTrackers'>;
}

export interface TransferWorld {
  readonly wish: NetworkWish;
  readonly identity: Identity;
  readonly resolve: Resolve;
  readonly reporter: Reporter;
  /** How often other carriers are looked for, however good the known ones are; FIND_EVERY_MS but in tests. */
  readonly findEveryMs?: number | undefined;
  /** Aborted by the user. */
  readonly signal: AbortSignal;
}

/** 'complete': all that was wanted is here, whatever came after. */
export type Ending = 'complete' | 'gave up' | 'interrupted';

/** The hash of a torrent of version 2 only whose .torrent is not there. */
export function linkToTree({ infoHash, infoHashV2, file }: TorrentArgument): InfoHashV2 | undefined {
  return infoHash === undefined && file === undefined ? infoHashV2 : undefined;
}
