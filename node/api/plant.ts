// POST /v2/plant: plants with their allocations come in, signed receipts go out.

import type { RequestHandler } from 'express';
import type { Clock } from '../../shared/platform/clock.ts';
import { type PlantItem, plantAnswer, plantCall } from '../../shared/protocol/messages/node-messages.ts';
import type { Id, Signer } from '../../shared/protocol/records/record.ts';
import { receiptRecord, SERVICE_TTL_SECONDS } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Holdings, PlantOutcome } from '../store/holdings.ts';
import { handleCall } from './calls.ts';
import { judgePlants } from './plant-rules.ts';
import type { Quota } from './quota.ts';

export const PLANT_PATH = '/v2/plant';

export interface PlantOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly holdings: Pick<Holdings, 'plant' | 'head' | 'copiesWanted' | 'release'>;
  readonly hasJoined: (supernode: Id) => boolean;
  /** Whether the operator forbids the torrent: a plant of it is refused as 'forbidden-torrent'. */
  readonly isForbidden: (infoHash: InfoHash) => boolean;
  /** Of signatures to check. */
  readonly checks: Pick<Quota, 'count'>;
  /** Told of the nodes that carry the same torrents; undefined when peers are not shared. */
  readonly coCarriers?: CoCarrierLearner | undefined;
}

export interface CoCarrierLearner {
  /** `records` are node records, not opened yet; `allocations` say who carries what. Remembered when it resolves. */
  learn(
    records: readonly Uint8Array[],
    allocations: readonly { readonly infoHash: InfoHash; readonly nodes: readonly Id[] }[],
    now: number,
  ): Promise<void>;
}

/** Expects the raw body (a sealed call) in `request.body`. */
export function createPlantHandler(options: PlantOptions): RequestHandler {
  const { signer, clock, holdings, hasJoined, isForbidden, checks } = options;
  return handleCall(PLANT_PATH, { signer, clock, checks }, async (_author, body, now, request) => {
    const message = plantCall.read(body);
    checks.count(request, message.plants.length + message.allocations.length + message.carriers.length);
    const candidates = await judgePlants(message, { self: signer.id, hasJoined, isForbidden, now });
    const outcomes = holdings.plant(candidates, now);
    const accepted = candidates.filter((_, index) => outcomes[index]!.status !== 'refused');
    const pairs = accepted.map(({ statement, allocated }) => ({ infoHash: statement.infoHash, nodes: allocated }));
    await options.coCarriers?.learn(message.carriers, pairs, now);
    const { epoch } = holdings.head();
    const items = outcomes.map((outcome, index): PlantItem => {
      const { infoHash } = candidates[index]!.statement;
      return itemOf(infoHash, outcome, (change) => {
        const receipt = { infoHash, epoch, change, seq: now, ttlSeconds: SERVICE_TTL_SECONDS };
        return receiptRecord.sign(receipt, signer).bytes;
      });
    });
    return plantAnswer.write({ items });
  });
}

function itemOf(infoHash: string, outcome: PlantOutcome, receiptOf: (change: number) => Uint8Array): PlantItem {
  if (outcome.status === 'refused') return { infoHash, ...outcome };
  const { status, carriedSinceChange } = outcome;
  if (carriedSinceChange === undefined) return { infoHash, status };
  return { infoHash, status, receipt: receiptOf(carriedSinceChange) };
}
