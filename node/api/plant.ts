// POST /v2/plant: plants with their allocations come in, signed receipts go out.

import type { RequestHandler } from 'express';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { openCall, sealAnswer } from '../../shared/protocol/envelope.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import { type PlantItem, plantAnswer, plantCall } from '../../shared/protocol/node-messages.ts';
import { NonceMemory } from '../../shared/protocol/nonce-memory.ts';
import type { Id, Signer } from '../../shared/protocol/record.ts';
import { receiptRecord, SERVICE_TTL_SECONDS } from '../../shared/protocol/statements.ts';
import type { Holdings, PlantOutcome } from '../store/holdings.ts';
import { judgePlants } from './plant-rules.ts';

export const PLANT_PATH = '/v2/plant';

export interface PlantOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly holdings: Pick<Holdings, 'plant' | 'head' | 'copiesWanted' | 'release'>;
  readonly hasJoined: (supernode: Id) => boolean;
  /** Whether the operator forbids the torrent: a plant of it is refused as 'forbidden-torrent'. */
  readonly isForbidden: (infoHash: InfoHash) => boolean;
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
  const { signer, clock, holdings, hasJoined, isForbidden } = options;
  const nonces = new NonceMemory();
  return async (request, response) => {
    const now = clock.now();
    const call = openCall(request.body, { self: signer.id, path: PLANT_PATH, now, nonces });
    const message = plantCall.read(call.body);
    const candidates = await judgePlants(message, {
      self: signer.id,
      hasJoined,
      isForbidden,
      now,
    });
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
    const body = plantAnswer.write({ items });
    sendBencoded(response, sealAnswer({ to: call.author, nonce: call.nonce, at: now, body }, signer));
  };
}

function itemOf(infoHash: string, outcome: PlantOutcome, receiptOf: (change: number) => Uint8Array): PlantItem {
  if (outcome.status === 'refused') return { infoHash, ...outcome };
  const { status, carriedSinceChange } = outcome;
  if (carriedSinceChange === undefined) return { infoHash, status };
  return { infoHash, status, receipt: receiptOf(carriedSinceChange) };
}
