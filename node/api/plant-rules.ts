// What a node asks of plants before it begins to carry torrents: signatures, and a joined supernode's allocation.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PlantCall } from '../../shared/protocol/messages/node-messages.ts';
import type { Opened } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { type AllocationStatement, allocationRecord, plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { REFUSALS } from '../../shared/protocol/tracker/refusal.ts';
import type { Candidate } from '../store/holdings.ts';

export interface PlantRules {
  /** The node's own id. */
  readonly self: Id;
  /** Whether this node has joined the supernode: it allocates only through those. */
  readonly hasJoined: (supernode: Id) => boolean;
  /** Whether the operator forbids the torrent. */
  readonly isForbidden: (infoHash: InfoHash) => boolean;
  /** Unix ms. */
  readonly now: number;
}

/** A plant with what the call says about it. */
export interface JudgedPlant extends Candidate {
  /** The nodes that good allocations name for the torrent, this one among them. */
  readonly allocated: readonly Id[];
}

/** A signature costs about 0.2 ms: so many are checked before announces have their turn. */
const RECORDS_PER_TURN = 8;

/** Verifies all records of a call; throws PublicError when one does not hold, since then it does not say for which torrent it is. */
export async function judgePlants(call: PlantCall, rules: PlantRules): Promise<JudgedPlant[]> {
  const allocations = await openAll(call.allocations, (bytes) => allocationRecord.open(bytes, rules.now));
  const plants = await openAll(call.plants, (bytes) => plantRecord.open(bytes, rules.now));
  return plants.map(({ record, value }) => {
    const relevant = allocations.filter((allocation) => allocation.value.infoHash === value.infoHash);
    const good = relevant.filter((allocation) => objectionTo(allocation, rules) === undefined);
    return {
      allocated: good.flatMap((allocation) => allocation.value.nodes),
      planter: record.author,
      statement: value,
      bytes: record.bytes,
      objection: rules.isForbidden(value.infoHash) ? REFUSALS.forbiddenTorrent.code : objectionOf(relevant, rules),
    };
  });
}

/** Opens records of which strangers may have sent many, with pauses in which announces have their turn. */
export async function openAll<T>(records: readonly Uint8Array[], open: (bytes: Uint8Array) => T): Promise<T[]> {
  const opened: T[] = [];
  for (const bytes of records) {
    opened.push(open(bytes));
    if (opened.length % RECORDS_PER_TURN === 0) await nextTurn();
  }
  return opened;
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
