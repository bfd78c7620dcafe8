import { expect } from 'chai';
import { Catalogue } from '../../../shared/protocol/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/info-hash.ts';
import type { CatalogueHead } from '../../../shared/protocol/node-messages.ts';
import { Carriers, type CatalogueChange } from '../../../supernode/directory/carriers.ts';
import { EPOCH, hashOf, receiptEntry, signer } from '../records.ts';

const A = hashOf('a');
const B = hashOf('b');
const NODE = signer(1);
const OTHER_EPOCH = 'fedcba9876543210';

function headOf(hashes: InfoHash[], change: number, epoch = EPOCH): CatalogueHead {
  return { epoch, change, count: hashes.length, root: new Catalogue(hashes).root() };
}

function whole(hashes: InfoHash[], change: number, epoch = EPOCH): CatalogueChange {
  return { head: headOf(hashes, change, epoch), isReset: true, carried: new Map(hashes.map((hash) => [hash, true])) };
}

describe('supernode/directory/carriers.ts', () => {
  let carriers: Carriers;
  beforeEach(() => {
    carriers = new Carriers();
  });

  it('believes a receipt before any catalogue is known', () => {
    carriers.putReceipt(receiptEntry(NODE, A));
    expect([...carriers.of(A)]).to.deep.equal([NODE.id]);
    expect([...carriers.of(B)]).to.deep.equal([]);
  });

  it('takes a whole catalogue over and forgets what is not in it', () => {
    carriers.putReceipt(receiptEntry(NODE, A, { change: 1 }));
    expect(carriers.applyCatalogue(NODE.id, whole([B], 2))).to.equal(true);
    expect([...carriers.of(A)]).to.deep.equal([]);
    expect([...carriers.of(B)]).to.deep.equal([NODE.id]);
    expect(carriers.carried).to.equal(1);
  });

  it('keeps a receipt whose change is newer than the catalogue', () => {
    carriers.applyCatalogue(NODE.id, whole([B], 2));
    carriers.putReceipt(receiptEntry(NODE, A, { change: 3 }));
    expect([...carriers.of(A)]).to.deep.equal([NODE.id]);
    carriers.applyCatalogue(NODE.id, whole([B], 2));
    expect([...carriers.of(A)]).to.deep.equal([NODE.id]);
  });

  it('does not believe a receipt whose change the catalogue has seen', () => {
    carriers.applyCatalogue(NODE.id, whole([B], 5));
    carriers.putReceipt(receiptEntry(NODE, A, { change: 5 }));
    expect([...carriers.of(A)]).to.deep.equal([]);
  });

  it('drops receipts of an epoch that the node has lost', () => {
    carriers.putReceipt(receiptEntry(NODE, A, { change: 100 }));
    carriers.applyCatalogue(NODE.id, whole([B], 1, OTHER_EPOCH));
    expect([...carriers.of(A)]).to.deep.equal([]);
  });

  it('applies a delta', () => {
    carriers.applyCatalogue(NODE.id, whole([A], 1));
    const delta = {
      head: headOf([B], 3),
      isReset: false,
      carried: new Map([
        [A, false],
        [B, true],
      ]),
    };
    expect(carriers.applyCatalogue(NODE.id, delta)).to.equal(true);
    expect([...carriers.of(A)]).to.deep.equal([]);
    expect([...carriers.of(B)]).to.deep.equal([NODE.id]);
  });

  it('asks for nothing when the head is the one it holds', () => {
    carriers.applyCatalogue(NODE.id, whole([A], 1));
    expect(carriers.staleSince(NODE.id, headOf([A], 1))).to.equal(undefined);
  });

  it('asks since the change it holds', () => {
    carriers.applyCatalogue(NODE.id, whole([A], 4));
    const since = { epoch: EPOCH, since: 4 };
    expect(carriers.staleSince(NODE.id, headOf([A, B], 5))).to.deep.equal(since);
    expect(carriers.staleSince(NODE.id, headOf([A], 4, OTHER_EPOCH))).to.deep.equal(since);
  });

  it('asks from the start for a new node, and after a catalogue that did not add up', () => {
    const fromTheStart = { epoch: '0000000000000000', since: 0 };
    expect(carriers.staleSince(NODE.id, headOf([A], 1))).to.deep.equal(fromTheStart);
    const wrong = { head: headOf([A], 9), isReset: false, carried: new Map([[B, true]]) };
    expect(carriers.applyCatalogue(NODE.id, wrong)).to.equal(false);
    expect(carriers.staleSince(NODE.id, headOf([A], 9))).to.deep.equal(fromTheStart);
  });

  it('asks again while a receipt is neither confirmed nor denied', () => {
    carriers.applyCatalogue(NODE.id, whole([A], 4));
    carriers.putReceipt(receiptEntry(NODE, B, { epoch: OTHER_EPOCH, change: 1 }));
    expect([...carriers.of(B)]).to.deep.equal([NODE.id]);
    expect(carriers.staleSince(NODE.id, headOf([A], 4))).to.deep.equal({ epoch: EPOCH, since: 4 });
    carriers.applyCatalogue(NODE.id, { head: headOf([A], 4), isReset: false, carried: new Map() });
    expect([...carriers.of(B)]).to.deep.equal([]);
    expect(carriers.staleSince(NODE.id, headOf([A], 4))).to.equal(undefined);
  });

  it('forgets an expired receipt, but not what the catalogue says', () => {
    carriers.putReceipt(receiptEntry(NODE, A));
    carriers.putReceipt(receiptEntry(NODE, B));
    carriers.applyCatalogue(NODE.id, whole([B], 1));
    carriers.removeReceipt(NODE.id, A);
    carriers.removeReceipt(NODE.id, B);
    expect(carriers.receipts).to.equal(0);
    expect(carriers.size).to.equal(1);
  });

  it('forgets everything about a node', () => {
    const other = signer(2);
    carriers.putReceipt(receiptEntry(NODE, A));
    carriers.applyCatalogue(NODE.id, whole([B], 0));
    carriers.putReceipt(receiptEntry(other, A));
    carriers.forget(NODE.id);
    expect([...carriers.of(A)]).to.deep.equal([other.id]);
    expect([carriers.size, carriers.receipts, carriers.carried, carriers.countOf(NODE.id)]).to.deep.equal([1, 1, 0, 0]);
  });
});
