// Plant records of one key: how many copies of a torrent it wants, newer than what it said before.

import type { FoundTorrent } from '../shared/network/look-up.ts';
import { nextSeq } from '../shared/protocol/records/lasting.ts';
import type { Id, Signer } from '../shared/protocol/records/record.ts';
import { PLANT_TTL_SECONDS, type PlantStatement, plantRecord } from '../shared/protocol/records/statements.ts';
import { type InfoHash, type InfoHashV2, truncate } from '../shared/protocol/torrent/info-hash.ts';

/** What a record needs to know of a torrent. */
export interface Signable {
  readonly hashes: readonly InfoHash[];
  readonly infoHashV2?: InfoHashV2;
}

/** What `planter` said last about each hash, of what the network still holds. */
export function ownPlants(found: readonly FoundTorrent[], planter: Id): ReadonlyMap<InfoHash, PlantStatement> {
  const own = found.flatMap(({ infoHash, plants }) => {
    const plant = plants.find(({ record }) => record.author === planter);
    return plant === undefined ? [] : [[infoHash, plant.value] as const];
  });
  return new Map(own);
}

/** One record per hash, dated `now` (unix ms) or later. `copies` 0 uproots. The halves of a hybrid name each other. */
export function signPlants(
  torrent: Signable,
  copies: number,
  previous: ReadonlyMap<InfoHash, PlantStatement>,
  { signer, now }: { readonly signer: Signer; readonly now: number },
): ReadonlyMap<InfoHash, Uint8Array> {
  const { hashes, infoHashV2 } = torrent;
  const records = hashes.map((infoHash) => {
    const twin = hashes.find((other) => other !== infoHash);
    const statement = {
      infoHash,
      ...(infoHashV2 !== undefined && truncate(infoHashV2) === infoHash ? { infoHashV2 } : {}),
      ...(twin === undefined ? {} : { twin }),
      copies,
      seq: nextSeq(previous.get(infoHash)?.seq ?? 0, now),
      ttlSeconds: PLANT_TTL_SECONDS,
    };
    return [infoHash, plantRecord.sign(statement, signer).bytes] as const;
  });
  return new Map(records);
}
