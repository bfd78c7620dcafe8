// Plant calls to many nodes: what each node is to hear is gathered into as few calls as the limits allow.

import { PublicError } from '../../shared/errors.ts';
import type { NodeClient } from '../../shared/http/node-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import {
  MAX_CARRIERS_PER_CALL,
  MAX_PLANTS_PER_CALL,
  type PlantItem,
} from '../../shared/protocol/messages/node-messages.ts';
import { openGood } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Directory } from '../directory/directory.ts';
import { openReceipt, type PlantEntry, type ReceiptEntry } from '../directory/entry.ts';

/** One torrent that one node is to plant or to uproot. */
export interface Errand {
  readonly node: Id;
  readonly infoHash: InfoHash;
  readonly plants: readonly PlantEntry[];
  /** Not needed to uproot. */
  readonly allocation?: Uint8Array;
  /** Nodes to introduce to it. */
  readonly carriers: readonly Id[];
}

/** How an errand ended; nothing of it when the node wants to be asked later, or took what needs no receipt. */
export interface ErrandResult {
  readonly errand: Errand;
  readonly receipt?: ReceiptEntry;
  /** Why the node refused, or NO_ANSWER. */
  readonly code?: string;
}

/** It did not answer, or nothing that can be used. */
export const NO_ANSWER = 'no-answer';

export interface ErrandOptions {
  readonly directory: Directory;
  readonly client: Pick<NodeClient, 'plant'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the calls to one node may take together; what is left by then comes another time. */
const MAX_NODE_MS = 10_000;
/** Of errors that say nothing of a refusal. */
const NO_ANSWERS: ReadonlySet<string> = new Set(['unreachable', 'answer']);

/** Runs all errands, to different nodes at the same time. Never rejects. */
export async function runErrands(
  errands: readonly Errand[],
  options: ErrandOptions,
  signal: AbortSignal,
): Promise<ErrandResult[]> {
  const byNode = Map.groupBy(errands, ({ node }) => node);
  const endsAt = options.clock.now() + MAX_NODE_MS;
  const results = [...byNode].map(async ([node, all]) => {
    const done: ErrandResult[] = [];
    for (const batch of batches(all)) {
      done.push(...(await callNode(node, batch, options, signal)));
      if (options.clock.now() >= endsAt) break;
    }
    return done;
  });
  return (await Promise.all(results)).flat();
}

async function callNode(
  node: Id,
  batch: readonly Errand[],
  { directory, client, clock, log }: ErrandOptions,
  signal: AbortSignal,
): Promise<ErrandResult[]> {
  const member = directory.nodes.get(node);
  if (member === undefined) return [];
  const call = {
    plants: batch.flatMap(({ plants }) => plants.map(({ bytes }) => bytes)),
    allocations: batch.flatMap(({ allocation }) => (allocation === undefined ? [] : [allocation])),
    carriers: introduced(batch).flatMap((id) => directory.nodes.get(id)?.entry.bytes ?? []),
  };
  try {
    const { items } = await client.plant(member.url, node, call, { signal });
    return batch.map((errand) => resultOf(errand, items, clock.now()));
  } catch (error) {
    if (signal.aborted) return [];
    log.warn({ err: error, node }, 'a node did not take what it was to plant');
    const isSilent = error instanceof PublicError && NO_ANSWERS.has(error.code);
    return isSilent ? batch.map((errand) => ({ errand, code: NO_ANSWER })) : [];
  }
}

/** One good answer of a node about a torrent is enough, whichever planter's record it came for. */
function resultOf(errand: Errand, items: readonly PlantItem[], now: number): ErrandResult {
  const own = items.filter(({ infoHash }) => infoHash === errand.infoHash);
  const receipts = openGood(
    own.flatMap(({ receipt }) => receipt ?? []),
    (bytes) => openReceipt(bytes, now),
  );
  const receipt = receipts.find(({ author, subject }) => author === errand.node && subject === errand.infoHash);
  if (receipt !== undefined) return { errand, receipt };
  const code = own.find((item) => item.code !== undefined)?.code;
  if (code !== undefined) return { errand, code };
  return errand.allocation === undefined ? { errand } : { errand, code: NO_ANSWER };
}

function* batches(errands: readonly Errand[]): Generator<Errand[]> {
  let batch: Errand[] = [];
  let plants = 0;
  for (const errand of errands) {
    const isFull = plants + errand.plants.length > MAX_PLANTS_PER_CALL;
    if (batch.length > 0 && (isFull || introduced([...batch, errand]).length > MAX_CARRIERS_PER_CALL)) {
      yield batch;
      batch = [];
      plants = 0;
    }
    batch.push(errand);
    plants += errand.plants.length;
  }
  if (batch.length > 0) yield batch;
}

function introduced(batch: readonly Errand[]): Id[] {
  return [...new Set(batch.flatMap(({ carriers }) => carriers))];
}
