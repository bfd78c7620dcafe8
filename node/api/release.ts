// POST /v2/release: a supernode shows that enough others carry a torrent, and this node may give it up. Its word alone is
// not enough, or a supernode could make torrents vanish.

import type { RequestHandler } from 'express';
import {
  MAX_RELEASE_RECEIPT_AGE_MS,
  RELEASE_PATH,
  type ReleaseCall,
  type ReleaseItem,
  releaseAnswer,
  releaseCall,
} from '../../shared/protocol/messages/release-messages.ts';
import type { Opened } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import {
  type AllocationStatement,
  allocationRecord,
  type ReceiptStatement,
  receiptRecord,
} from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { handleCall } from './calls.ts';
import type { PlantOptions } from './plant.ts';
import { openAll, type PlantRules } from './plant-rules.ts';

interface Proofs {
  readonly allocations: readonly Opened<AllocationStatement>[];
  readonly receipts: readonly Opened<ReceiptStatement>[];
}

type ReleaseRules = Pick<PlantRules, 'self' | 'hasJoined' | 'now'> & {
  /** How many nodes shall carry a torrent; 0 when this node does not carry it. */
  readonly copiesWanted: (infoHash: InfoHash) => number;
};

export type ReleaseOptions = Pick<PlantOptions, 'signer' | 'clock' | 'holdings' | 'hasJoined' | 'checks'>;

/** Expects the raw body (a sealed call) in `request.body`. */
export function createReleaseHandler({ signer, clock, holdings, hasJoined, checks }: ReleaseOptions): RequestHandler {
  return handleCall(RELEASE_PATH, { signer, clock, checks }, async (_author, body, now, request) => {
    const copiesWanted = (infoHash: InfoHash): number => holdings.copiesWanted(infoHash);
    const call = releaseCall.read(body);
    checks.count(request, call.allocations.length + call.receipts.length);
    const items = await judgeRelease(call, { self: signer.id, hasJoined, copiesWanted, now });
    holdings.release(items.filter(({ status }) => status === 'released').map(({ infoHash }) => infoHash));
    return releaseAnswer.write({ items });
  });
}

/** One item per torrent; throws PublicError when a record does not verify. */
export async function judgeRelease(call: ReleaseCall, rules: ReleaseRules): Promise<ReleaseItem[]> {
  const allocations = await openAll(call.allocations, (bytes) => allocationRecord.open(bytes, rules.now));
  const receipts = await openAll(call.receipts, (bytes) => receiptRecord.open(bytes, rules.now));
  return [...new Set(call.infoHashes)].map((infoHash): ReleaseItem => {
    if (rules.copiesWanted(infoHash) === 0) return { infoHash, status: 'unknown' };
    const code = objectionTo(infoHash, { allocations, receipts }, rules);
    return code === undefined ? { infoHash, status: 'released' } : { infoHash, status: 'refused', code };
  });
}

/** The allocation says who keeps the torrent, and the keepers say so themselves: as many as the planters want. */
function objectionTo(infoHash: InfoHash, proofs: Proofs, rules: ReleaseRules): string | undefined {
  const allocation = proofs.allocations.find(({ value }) => value.infoHash === infoHash);
  if (allocation === undefined) return 'no-allocation';
  const { record, value } = allocation;
  if (!rules.hasJoined(record.author)) return 'unknown-supernode';
  if (value.expiresAt <= rules.now) return 'allocation-expired';
  if (value.nodes.includes(rules.self)) return 'own-allocation';
  const keepers = new Set<Id>();
  for (const receipt of proofs.receipts) {
    const isFresh = receipt.value.seq > rules.now - MAX_RELEASE_RECEIPT_AGE_MS;
    const isKeeper = receipt.value.infoHash === infoHash && value.nodes.includes(receipt.record.author);
    if (isFresh && isKeeper) keepers.add(receipt.record.author);
  }
  return keepers.size >= rules.copiesWanted(infoHash) ? undefined : 'too-few-receipts';
}
