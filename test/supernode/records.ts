// Signed records for tests: the same number always gives the same key, the same name the same hash.

import { createHash } from 'node:crypto';
import { createSigner } from '../../shared/platform/keys.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import {
  type NodeStatement,
  nodeRecord,
  type PlantStatement,
  plantRecord,
  type ReceiptStatement,
  receiptRecord,
  type SupernodeStatement,
  supernodeRecord,
} from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import {
  type NodeEntry,
  openEntry,
  type PlantEntry,
  type ReceiptEntry,
  type SupernodeEntry,
} from '../../supernode/directory/entry.ts';

/** Unix ms at which the tests' records are made. */
export const START = 1_800_000_000_000;
export const EPOCH = '0123456789abcdef';

export function signer(number: number): Signer {
  return createSigner(Buffer.alloc(32, number));
}

export function hashOf(name: string): InfoHash {
  return createHash('sha1').update(name).digest('hex');
}

export function nodeEntry(author: Signer, changes: Partial<NodeStatement> = {}): NodeEntry {
  const statement: NodeStatement = {
    urls: ['http://192.0.2.1:6969'],
    udpPort: 6969,
    state: 'open',
    weight: 100,
    software: 'test/1',
    seq: START,
    ttlSeconds: 604_800,
    ...changes,
  };
  return openEntry(nodeRecord.sign(statement, author).bytes, statement.seq) as NodeEntry;
}

export function supernodeEntry(author: Signer, changes: Partial<SupernodeStatement> = {}): SupernodeEntry {
  const statement: SupernodeStatement = {
    urls: ['http://192.0.2.2:6970'],
    state: 'open',
    software: 'test/1',
    seq: START,
    ttlSeconds: 604_800,
    ...changes,
  };
  return openEntry(supernodeRecord.sign(statement, author).bytes, statement.seq) as SupernodeEntry;
}

export function plantEntry(author: Signer, infoHash: InfoHash, changes: Partial<PlantStatement> = {}): PlantEntry {
  const statement: PlantStatement = { infoHash, copies: 2, seq: START, ttlSeconds: 7_776_000, ...changes };
  return openEntry(plantRecord.sign(statement, author).bytes, statement.seq) as PlantEntry;
}

export function receiptEntry(node: Signer, infoHash: InfoHash, changes: Partial<ReceiptStatement> = {}): ReceiptEntry {
  const statement: ReceiptStatement = {
    infoHash,
    epoch: EPOCH,
    change: 1,
    seq: START,
    ttlSeconds: 604_800,
    ...changes,
  };
  return openEntry(receiptRecord.sign(statement, node).bytes, statement.seq) as ReceiptEntry;
}
