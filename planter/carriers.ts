// Plants on as many nodes as asked: the best ones at once, spares in the place of those that fail.

import { reasonOf } from '../shared/network/reason.ts';
import type { PlantCall, PlantItem } from '../shared/protocol/messages/node-messages.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import type { Offer, OfferedNode, PlantNetwork } from './network.ts';

/** A node that carries the torrent now. */
export interface Carrier {
  readonly node: OfferedNode;
  /** Base URL under which it answered. */
  readonly url: string;
  /** What it carries: all hashes, of a hybrid perhaps one only. */
  readonly items: readonly PlantItem[];
}

export interface Planting {
  /** Those that carry most of the hashes first, else in the order of the allocation. */
  readonly carriers: readonly Carrier[];
  /** One line for each node that failed or refused. */
  readonly failures: readonly string[];
  /** How many copies each hash lacks; those with enough are left out. */
  readonly missing: ReadonlyMap<InfoHash, number>;
}

export interface PlantOrder {
  readonly copies: number;
  readonly offers: readonly Offer[];
  /** The plant record of each hash. */
  readonly plants: ReadonlyMap<InfoHash, Uint8Array>;
}

/** A node and the hashes that it is to carry. */
interface Errand {
  readonly node: OfferedNode;
  readonly hashes: readonly InfoHash[];
}

/** Never throws for what nodes do; `onResult` hears of each node as it answers. */
export async function plantOnNodes(
  order: PlantOrder,
  network: Pick<PlantNetwork, 'plant'>,
  onResult: (line: string) => void,
): Promise<Planting> {
  const missing = new Map(order.offers.map(({ infoHash }) => [infoHash, order.copies]));
  const queue = rankNodes(order.offers);
  const carriers: Carrier[] = [];
  const failures: string[] = [];
  for (let wave = nextWave(queue, missing); wave.length > 0; wave = nextWave(queue, missing)) {
    for (const result of await Promise.all(wave.map((errand) => run(errand, order, network, onResult)))) {
      failures.push(...result.failures);
      if (result.carrier === undefined) continue;
      carriers.push(result.carrier);
      for (const { infoHash } of result.carrier.items) missing.set(infoHash, missing.get(infoHash)! - 1);
    }
  }
  carriers.sort((a, b) => b.items.length - a.items.length);
  return { carriers, failures, missing: new Map([...missing].filter(([, count]) => count > 0)) };
}

async function run(
  errand: Errand,
  order: PlantOrder,
  network: Pick<PlantNetwork, 'plant'>,
  onResult: (line: string) => void,
): Promise<{ readonly carrier?: Carrier; readonly failures: readonly string[] }> {
  const { node, hashes } = errand;
  try {
    const { url, items } = await network.plant(node, callFor(errand, order));
    const planted = items.filter((item) => item.status !== 'refused' && hashes.includes(item.infoHash));
    const failures = items
      .filter((item) => item.status === 'refused')
      .map((item) => `${url} refuses ${item.infoHash}: ${item.code ?? 'no reason given'}`);
    if (planted.length > 0) onResult(planted.some(isNew) ? `planted on ${url}` : `known to ${url}`);
    for (const failure of failures) onResult(failure);
    return planted.length > 0 ? { carrier: { node, url, items: planted }, failures } : { failures };
  } catch (error) {
    const failure = reasonOf(error);
    onResult(`failed: ${failure}`);
    return { failures: [failure] };
  }
}

function isNew(item: PlantItem): boolean {
  return item.status === 'planted';
}

function callFor({ hashes }: Errand, { offers, plants }: PlantOrder): PlantCall {
  const relevant = offers.filter(({ infoHash }) => hashes.includes(infoHash));
  const records = new Map(relevant.flatMap(({ nodes }) => nodes).map(({ id, record }) => [id, record]));
  return {
    plants: hashes.map((infoHash) => plants.get(infoHash)!),
    allocations: relevant.map(({ allocation }) => allocation),
    carriers: [...records.values()],
  };
}

/** Nodes that may carry most of the hashes first, so that both halves of a hybrid meet; of equals the best placed. */
function rankNodes(offers: readonly Offer[]): Errand[] {
  const ranked = new Map<Id, { node: OfferedNode; hashes: InfoHash[]; place: number }>();
  for (const { infoHash, nodes } of offers) {
    for (const [place, node] of nodes.entries()) {
      const entry = ranked.get(node.id) ?? { node, hashes: [], place: 0 };
      entry.hashes.push(infoHash);
      entry.place += place;
      ranked.set(node.id, entry);
    }
  }
  return [...ranked.values()].sort((a, b) => b.hashes.length - a.hashes.length || a.place - b.place);
}

/** Takes as many nodes out of the queue as would complete every hash if none of them failed. */
function nextWave(queue: Errand[], missing: ReadonlyMap<InfoHash, number>): Errand[] {
  const wanted = new Map(missing);
  const wave: Errand[] = [];
  for (const { node, hashes } of [...queue]) {
    const useful = hashes.filter((infoHash) => wanted.get(infoHash)! > 0);
    if (useful.length === 0) continue;
    for (const infoHash of useful) wanted.set(infoHash, wanted.get(infoHash)! - 1);
    wave.push({ node, hashes: useful });
    queue.splice(
      queue.findIndex((errand) => errand.node === node),
      1,
    );
  }
  return wave;
}
