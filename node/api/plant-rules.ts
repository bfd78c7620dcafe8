// What a node asks of plants before it begins to carry torrents: signatures, and a joined supernode's allocation.

import type { Opened } from '../../shared/protocol/codec.ts';
import type { PlantCall } from '../../shared/protocol/node-messages.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { type AllocationStatement, allocationRecord, plantRecord } from '../../shared/protocol/statements.ts';
import type { Candidate } from '../store/holdings.ts';

export interface PlantRules {
  /** The node's own id. */
  readonly self: Id;
  /** Whether this node has joined the supernode: it allocates only through those. */
  readonly hasJoined: (supernode: Id) => boolean;
  /** Unix ms. */
  readonly now: number;
}

/** Verifies all records of a call; throws PublicError when one does not hold, since then it does not say for which torrent it is. */
export function judgePlants(call: PlantCall, rules: PlantRules): Candidate[] {
  const allocations = call.allocations.map((bytes) => allocationRecord.open(bytes, rules.now));
  return call.plants.map((bytes) => {
    const { record, value } = plantRecord.open(bytes, rules.now);
    const relevant = allocations.filter((allocation) => allocation.value.infoHash === value.infoHash);
    return { planter: record.author, statement: value, bytes, objection: objectionOf(relevant, rules) };
  });
}

/** undefined when one of the torrent's allocations is good, else what is wrong with the first. */
function objectionOf(allocations: readonly Opened<AllocationStatement>[], rules: PlantRules): string | undefined {
  const objections = allocations.map((allocation) => objectionTo(allocation, rules));
  if (objections.includes(undefined)) return undefined;
  return objections[0] ?? 'no-allocation';
}

function objectionTo({ record, value }: Opened<AllocationStatement>, rules: PlantRules): string | undefined {
  if (!rules.hasJoined(record.author)) return 'unknown-supernode';
  if (!value.nodes.includes(rules.self)) return 'other-node';
  if (value.expiresAt <= rules.now) return 'allocation-expired';
  return undefined;
}
