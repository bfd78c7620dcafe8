// Records of planters and supernodes for tests of a node.

import type { Candidate } from '../../node/store/holdings.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import {
  type AllocationStatement,
  allocationRecord,
  type PlantStatement,
  plantRecord,
} from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

export const NOW = 1_800_000_000_000;
export const DAY_MS = 86_400_000;

/** The same key for the same number. */
export function signerOf(number: number): Signer {
  return createSigner(Buffer.alloc(32, number));
}

/** 40 hex digits that count up: hashOf(1) ends in 01. */
export function hashOf(number: number): InfoHash {
  return number.toString(16).padStart(40, '0');
}

export function plantOf(planter: Signer, infoHash: InfoHash, changes: Partial<PlantStatement> = {}): Candidate {
  const statement: PlantStatement = { infoHash, copies: 3, seq: NOW, ttlSeconds: 86_400, ...changes };
  return {
    planter: planter.id,
    statement,
    bytes: plantRecord.sign(statement, planter).bytes,
    objection: undefined,
  };
}

export function allocationOf(
  supernode: Signer,
  infoHash: InfoHash,
  node: string,
  changes: Partial<AllocationStatement> = {},
): Uint8Array {
  const statement = { infoHash, copies: 3, nodes: [node], expiresAt: NOW + 900_000, ...changes };
  return allocationRecord.sign(statement, supernode).bytes;
}
