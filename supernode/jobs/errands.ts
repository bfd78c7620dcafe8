// Plant calls to many nodes: what each node is to hear is gathered into as few calls as the limits allow.

import type { NodeClient } from '../../shared/http/node-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import {
  MAX_CARRIERS_PER_CALL,
  MAX_PLANTS_PER_CALL,
  type PlantItem,
} from '../../shared/protocol/messages/node-messages.ts';
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

/** How an errand ended; neither when the node did not answer. */
export interface ErrandResult {
  readonly errand: Errand;
  readonly receipt?: ReceiptEntry;
  /** Why the node refused. */
  readonly code?: string;
}

export interface ErrandOptions {
  readonly directory: Directory;
  readonly client: Pick<NodeClient, 'plant'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs all errands, to different nodes at the same time. Never rejects. */
export async function runErrands(
  errands: readonly Errand[],
  options: ErrandOptions,
  signal: AbortSignal,
): Promise<ErrandResult[]> {
  const byNode = Map.groupBy(errands, ({ node }) => node);
  const results = [...byNode].map(async ([node, all]) => {
    const done: ErrandResult[] = [];
    for (const batch of batches(all)) done.push(...(await callNode(node, batch, options, signal)));
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
    if (!signal.aborted) log.warn({ err: error, node }, 'a node did not take what it was to plant');
    return [];
  }
}

/** One good answer of a node about a torrent is enough, whichever planter's record it came for. */
function resultOf(errand: Errand, items: readonly PlantItem[], now: number): ErrandResult {
  const own = items.filter(({ infoHash }) => infoHash === errand.infoHash);
  const bytes = own.find(({ receipt }) => receipt !== undefined)?.receipt;
  if (bytes !== undefined) {
    const receipt = openReceipt(bytes, now);
    if (receipt.author === errand.node && receipt.subject === errand.infoHash) return { errand, receipt };
  }
  const code = own.find((item) => item.code !== undefined)?.code;
  return code === undefined ? { errand } : { errand, code };
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
