// POST /v2/plant: a planter tells what it planted, and shows the receipts of the nodes that carry it.

import type { RegisterAnswer, RegisterCall } from '../../shared/protocol/directory-messages.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { PlantItem } from '../../shared/protocol/node-messages.ts';
import type { Directory, Verdict } from '../directory/directory.ts';
import { openPlant, openReceipt, type PlantEntry } from '../directory/entry.ts';
import type { Ledger } from '../store/ledger.ts';

/**
 * One item per plant, in order. A new plant needs a receipt of a node known here ('no-carrier'): what is on no node is
 * not worth remembering. Throws PublicError when any record does not verify.
 */
export function register(directory: Directory, ledger: Ledger, call: RegisterCall, now: number): RegisterAnswer {
  const plants = call.plants.map((bytes) => openPlant(bytes, now));
  const receipts = call.receipts
    .map((bytes) => openReceipt(bytes, now))
    .filter(({ author }) => directory.nodes.get(author) !== undefined);
  const carried = new Set(receipts.map(({ statement }) => statement.infoHash));
  const isWelcome = (plant: PlantEntry): boolean => isVouchedFor(plant, carried, directory);

  const welcome = plants.filter(isWelcome);
  const verdicts = new Map(ledger.offer(welcome).map((verdict, index) => [welcome[index]!, verdict]));
  const items = plants.map((plant) => itemOf(plant, verdicts.get(plant)));
  const accepted = new Set(items.filter(({ status }) => status !== 'refused').map(({ infoHash }) => infoHash));
  ledger.offer(receipts.filter(({ statement }) => accepted.has(statement.infoHash)));
  return { items };
}

function isVouchedFor({ statement }: PlantEntry, carried: ReadonlySet<InfoHash>, directory: Directory): boolean {
  const { infoHash, copies } = statement;
  return copies === 0 || carried.has(infoHash) || directory.plants.has(infoHash);
}

function itemOf({ statement: { infoHash } }: PlantEntry, verdict: Verdict | undefined): PlantItem {
  if (verdict === undefined) return { infoHash, status: 'refused', code: 'no-carrier' };
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
