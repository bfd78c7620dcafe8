// The choice of nodes for a torrent as a record, for those who plant: planters that ask, and this supernode when it heals.

import type { Id, Signer } from '../../shared/protocol/records/record.ts';
import { allocationRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

/** How long nodes accept an allocation. */
const ALLOCATION_LIFETIME_MS = 900_000;

export interface Choice {
  readonly infoHash: InfoHash;
  readonly copies: number;
  /** Best first. */
  readonly nodes: readonly Id[];
}

/** The bytes of a record that counts from `now`, unix ms. */
export function signAllocation(choice: Choice, signer: Signer, now: number): Uint8Array {
  return allocationRecord.sign({ ...choice, expiresAt: now + ALLOCATION_LIFETIME_MS }, signer).bytes;
}
