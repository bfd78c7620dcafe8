import { expect } from 'chai';
import { judgeRelease } from '../../../node/api/release.ts';
import { MAX_RELEASE_RECEIPT_AGE_MS } from '../../../shared/protocol/messages/release-messages.ts';
import type { Signer } from '../../../shared/protocol/records/record.ts';
import {
  type AllocationStatement,
  allocationRecord,
  type ReceiptStatement,
  receiptRecord,
} from '../../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { hashOf, NOW, signerOf } from '../plant-records.ts';

const [SELF, SUPERNODE, STRANGER] = [signerOf(100), signerOf(101), signerOf(102)];
const KEEPERS = [signerOf(1), signerOf(2)];
const T = hashOf(1);

function allocation(changes: Partial<AllocationStatement> = {}, author: Signer = SUPERNODE): Uint8Array {
  const nodes = KEEPERS.map(({ id }) => id);
  const statement = { infoHash: T, copies: 2, nodes, expiresAt: NOW + 1, ...changes };
  return allocationRecord.sign(statement, author).bytes;
}

function receipt(author: Signer, changes: Partial<ReceiptStatement> = {}): Uint8Array {
  const statement = { infoHash: T, epoch: '00'.repeat(8), change: 1, seq: NOW, ttlSeconds: 604_800, ...changes };
  return receiptRecord.sign(statement, author).bytes;
}

async function judge(allocations: Uint8Array[], receipts: Uint8Array[], infoHash: InfoHash = T): Promise<string> {
  const [item] = await judgeRelease(
    { infoHashes: [infoHash], allocations, receipts },
    {
      self: SELF.id,
      hasJoined: (id) => id === SUPERNODE.id,
      copiesWanted: (hash) => (hash === T ? 2 : 0),
      now: NOW,
    },
  );
  return item?.code ?? item?.status ?? 'nothing';
}

describe('node/api/release.ts', () => {
  const receipts = KEEPERS.map((keeper) => receipt(keeper));

  it('gives up a torrent that a joined supernode allocates to others, who show fresh receipts', async () => {
    expect(await judge([allocation()], receipts)).to.equal('released');
  });

  it('knows nothing of a torrent that it does not carry', async () => {
    expect(await judge([allocation()], receipts, hashOf(2))).to.equal('unknown');
  });

  it('keeps a torrent when the allocation is missing, of a stranger, of another torrent, old, or names this node', async () => {
    expect(await judge([], receipts)).to.equal('no-allocation');
    expect(await judge([allocation({ infoHash: hashOf(2) })], receipts)).to.equal('no-allocation');
    expect(await judge([allocation({}, STRANGER)], receipts)).to.equal('unknown-supernode');
    expect(await judge([allocation({ expiresAt: NOW })], receipts)).to.equal('allocation-expired');
    const nodes = [...KEEPERS, SELF].map(({ id }) => id);
    expect(await judge([allocation({ nodes })], receipts)).to.equal('own-allocation');
  });

  it('keeps a torrent without as many keepers as its planters want, whatever a supernode says', async () => {
    const [first = new Uint8Array()] = receipts;
    const bad = [
      receipt(STRANGER),
      receipt(KEEPERS[1]!, { infoHash: hashOf(2) }),
      receipt(KEEPERS[1]!, { seq: NOW - MAX_RELEASE_RECEIPT_AGE_MS }),
      first,
    ];
    for (const second of bad) expect(await judge([allocation()], [first, second])).to.equal('too-few-receipts');
  });
});
