// POST /v2/plant: a planter tells what it planted, and shows the receipts of the nodes that carry it.

import { PublicError } from '../../shared/errors.ts';
import { inSlices } from '../../shared/platform/slices.ts';
import type { RegisterAnswer, RegisterCall } from '../../shared/protocol/messages/directory-messages.ts';
import type { PlantItem } from '../../shared/protocol/messages/node-messages.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Directory, Verdict } from '../directory/directory.ts';
import { openPlant, openReceipt, type PlantEntry, type ReceiptEntry } from '../directory/entry.ts';
import type { Quotas } from '../directory/quotas.ts';
import type { Ledger } from '../store/ledger.ts';

export interface RegisterOptions {
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly quotas: Pick<Quotas, 'takePlant' | 'takeRenewal' | 'takeRegistration'>;
}

/**
 * One item per plant, in order. A new plant needs a receipt of a node known here ('no-carrier') and room in the planter's
 * quota ('quota'), an uprooting record a plant to uproot ('not-planted'): else strangers could fill the directory. `address`
 * is where the call came from. Throws PublicError when any record does not verify, or 'quota' (429) for too many calls.
 */
export async function register(
  call: RegisterCall,
  { directory, ledger, quotas }: RegisterOptions,
  address: string,
  now: number,
): Promise<RegisterAnswer> {
  const retrySeconds = quotas.takeRegistration(address, now);
  if (retrySeconds > 0) throw new PublicError('quota', 'too many calls', { status: 429, retrySeconds });
  const plants: PlantEntry[] = [];
  await inSlices(call.plants, (slice) => void plants.push(...slice.map((bytes) => openPlant(bytes, now))));
  const verified: ReceiptEntry[] = [];
  await inSlices(call.receipts, (slice) => void verified.push(...slice.map((bytes) => openReceipt(bytes, now))));
  const receipts = verified.filter(({ author }) => directory.nodes.get(author) !== undefined);
  const carried = new Set(receipts.map(({ statement }) => statement.infoHash));
  const objectionTo = (plant: PlantEntry): string | undefined => {
    const { kind } = directory.judge(plant, now);
    if (kind === 'newer') return quotas.takeRenewal(plant.author, address, now) ? undefined : 'quota';
    if (directory.held(plant) !== undefined) return undefined;
    if (plant.statement.copies === 0) return 'not-planted';
    if (!carried.has(plant.statement.infoHash)) return 'no-carrier';
    return quotas.takePlant(plant.author, address, now) ? undefined : 'quota';
  };
  const objections = new Map(plants.map((plant) => [plant, objectionTo(plant)]));
  const welcome = plants.filter((plant) => objections.get(plant) === undefined);
  // In one transaction, and one piece of news: a receipt beside a plant that is refused at the last moment does no harm.
  const promising = new Set(
    welcome.filter((plant) => isTaken(directory.judge(plant, now))).map(({ subject }) => subject),
  );
  const proofs = receipts.filter(({ subject }) => promising.has(subject));
  const offered = await ledger.offer([...welcome, ...proofs]);
  const verdicts = new Map(welcome.map((plant, index) => [plant, offered[index]!]));
  const items = plants.map((plant): PlantItem => {
    const { infoHash } = plant.statement;
    const verdict = verdicts.get(plant);
    return verdict === undefined
      ? { infoHash, status: 'refused', code: objections.get(plant)! }
      : itemOf(infoHash, verdict);
  });
  return { items };
}

function isTaken({ kind }: Verdict): boolean {
  return kind !== 'older' && kind !== 'refused';
}

function itemOf(infoHash: InfoHash, verdict: Verdict): PlantItem {
  switch (verdict.kind) {
    case 'new':
    case 'newer':
      return { infoHash, status: 'planted' };
    case 'known':
      return { infoHash, status: 'known' };
    case 'older':
      return { infoHash, status: 'refused', code: 'older' };
    case 'refused':
      return { infoHash, status: 'refused', code: verdict.code };
  }
}
