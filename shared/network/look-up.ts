// Who carries a torrent and who planted it, as several supernodes know it together.

import { PublicError } from '../errors.ts';
import type { SupernodeClient } from '../http/supernode-client.ts';
import { type CarrierState, type LookupAnswer, MAX_LOOKUP_HASHES } from '../protocol/messages/directory-messages.ts';
import { type Opened, openGood } from '../protocol/records/codec.ts';
import type { Id } from '../protocol/records/record.ts';
import { type NodeStatement, nodeRecord, type PlantStatement, plantRecord } from '../protocol/records/statements.ts';
import type { InfoHash } from '../protocol/torrent/info-hash.ts';
import { firstAnswers } from './first-answers.ts';
import { reasonOf } from './reason.ts';
import type { Supernode } from './supernodes.ts';

/** A node that carries a torrent. */
export interface FoundCarrier {
  readonly id: Id;
  /** What it says of itself. */
  readonly statement: NodeStatement;
  /** Its node record. */
  readonly record: Uint8Array;
  /** The best that a supernode knows. */
  readonly state: CarrierState;
}

export interface FoundTorrent {
  readonly infoHash: InfoHash;
  /** Those that answer first. */
  readonly carriers: readonly FoundCarrier[];
  /** The newest of each planter; uproots are left out. */
  readonly plants: readonly Opened<PlantStatement>[];
}

const ASKED_AT_ONCE = 3;
const STATES: readonly CarrierState[] = ['up', 'suspect', 'down'];

/**
 * Asks a few of the supernodes at once, since one may not have heard yet, and the next few when none of them answers;
 * throws PublicError when nobody does. One item per hash. `now` is unix ms.
 */
export async function lookUp(
  supernodes: readonly Supernode[],
  client: Pick<SupernodeClient, 'lookup'>,
  hashes: readonly InfoHash[],
  now: number,
): Promise<FoundTorrent[]> {
  const found: FoundTorrent[] = [];
  for (let at = 0; at < hashes.length; at += MAX_LOOKUP_HASHES) {
    const some = hashes.slice(at, at + MAX_LOOKUP_HASHES);
    const answers = await askSome(supernodes, client, some);
    found.push(...some.map((infoHash) => merge(infoHash, answers, now)));
  }
  return found;
}

async function askSome(
  supernodes: readonly Supernode[],
  client: Pick<SupernodeClient, 'lookup'>,
  hashes: readonly InfoHash[],
): Promise<LookupAnswer[]> {
  const failures: string[] = [];
  for (let at = 0; at < supernodes.length; at += ASKED_AT_ONCE) {
    const asked = supernodes.slice(at, at + ASKED_AT_ONCE).map(({ url }) => client.lookup(url, hashes));
    const answers: LookupAnswer[] = [];
    for (const answer of await firstAnswers(asked)) {
      if (answer.status === 'fulfilled') answers.push(answer.value);
      else failures.push(reasonOf(answer.reason));
    }
    if (answers.length > 0) return answers;
  }
  throw new PublicError('network', failures.join('; '));
}

function merge(infoHash: InfoHash, answers: readonly LookupAnswer[], now: number): FoundTorrent {
  const states = new Map<Id, CarrierState>();
  const plants = new Map<Id, Opened<PlantStatement>>();
  const nodes = new Map<Id, Opened<NodeStatement>>();
  for (const answer of answers) {
    for (const node of openGood(answer.nodes, (bytes) => nodeRecord.open(bytes, now))) keepNewer(nodes, node);
    const item = answer.items.find((candidate) => candidate.infoHash === infoHash);
    for (const { node, state } of item?.carriers ?? []) states.set(node, better(state, states.get(node)));
    for (const plant of openGood(item?.plants ?? [], (bytes) => plantRecord.open(bytes, now))) {
      if (plant.value.infoHash === infoHash && plant.value.copies > 0) keepNewer(plants, plant);
    }
  }
  const carriers = [...states].flatMap(([id, state]): FoundCarrier[] => {
    const node = nodes.get(id);
    return node === undefined ? [] : [{ id, statement: node.value, record: node.record.bytes, state }];
  });
  carriers.sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  return { infoHash, carriers, plants: [...plants.values()] };
}

function better(state: CarrierState, other: CarrierState | undefined): CarrierState {
  return other !== undefined && STATES.indexOf(other) < STATES.indexOf(state) ? other : state;
}

function keepNewer<T extends { readonly seq: number }>(kept: Map<Id, Opened<T>>, candidate: Opened<T>): void {
  const { author } = candidate.record;
  const held = kept.get(author);
  if (held === undefined || held.value.seq < candidate.value.seq) kept.set(author, candidate);
}
