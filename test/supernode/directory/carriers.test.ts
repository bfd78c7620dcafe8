import { expect } from 'chai';
import type { CatalogueHead } from '../../../shared/protocol/messages/node-messages.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { Carriers } from '../../../supernode/directory/carriers.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import { Torrents } from '../../../supernode/directory/torrents.ts';
import { type CataloguePull, takeCatalogue } from '../catalogues.ts';
import { EPOCH, hashOf, receiptEntry, START, signer } from '../records.ts';

const A = hashOf('a');
const B = hashOf('b');
const NODE = signer(1);
const OTHER = signer(2);
const OTHER_EPOCH = 'fedcba9876543210';

function headOf(hashes: InfoHash[], change: number, epoch = EPOCH): CatalogueHead {
  return { epoch, change, count: hashes.length, root: new Catalogue(hashes).root() };
}

function whole(hashes: InfoHash[], change: number, epoch = EPOCH): CataloguePull {
  return { head: headOf(hashes, change, epoch), isReset: true, added: hashes, removed: [] };
}

describe('supernode/directory/carriers.ts', () => {
  let carriers: Carriers;
  beforeEach(() => {
    carriers = new Carriers(new Torrents(1000, 1), DIRECTORY_LIMITS);
  });

  it('believes a receipt before any catalogue is known', () => {
    carriers.putReceipt(receiptEntry(NODE, A));
    expect([...carriers.of(A)]).to.deep.equal([NODE.id]);
    expect([...carriers.of(B)]).to.deep.equal([]);
  });

  it('takes a whole catalogue over and forgets what is not in it', () => {
    carriers.putReceipt(receiptEntry(NODE, A, { change: 1 }));
    expect(takeCatalogue(carriers, NODE.id, whole([B], 2))).to.equal(true);
    expect([...carriers.of(A)]).to.deep.equal([]);
    expect([...carriers.of(B)]).to.deep.equal([NODE.id]);
    expect(carriers.carried).to.equal(1);
  });

  it('keeps a receipt whose change is newer than the catalogue', () => {
    takeCatalogue(carriers, NODE.id, whole([B], 2));
    carriers.putReceipt(receiptEntry(NODE, A, { change: 3 }));
    expect([...carriers.of(A)]).to.deep.equal([NODE.id]);
    takeCatalogue(carriers, NODE.id, whole([B], 2));
    expect([...carriers.of(A)]).to.deep.equal([NODE.id]);
  });

  it('does not believe a receipt whose change the catalogue has seen', () => {
    takeCatalogue(carriers, NODE.id, whole([B], 5));
    carriers.putReceipt(receiptEntry(NODE, A, { change: 5 }));
    expect([...carriers.of(A)]).to.deep.equal([]);
  });

  it('drops receipts of an epoch that the node has lost', () => {
    carriers.putReceipt(receiptEntry(NODE, A, { change: 100 }));
    takeCatalogue(carriers, NODE.id, whole([B], 1, OTHER_EPOCH));
    expect([...carriers.of(A)]).to.deep.equal([]);
  });

  it('applies a delta', () => {
    takeCatalogue(carriers, NODE.id, whole([A], 1));
    const delta = {
      head: headOf([B], 3),
      isReset: false,
      added: [B],
      removed: [A],
    };
    expect(takeCatalogue(carriers, NODE.id, delta)).to.equal(true);
    expect([...carriers.of(A)]).to.deep.equal([]);
    expect([...carriers.of(B)]).to.deep.equal([NODE.id]);
  });

  it('asks for nothing when the head is the one it holds', () => {
    takeCatalogue(carriers, NODE.id, whole([A], 1));
    expect(carriers.staleSince(NODE.id, headOf([A], 1))).to.equal(undefined);
  });

  it('asks since the change it holds', () => {
    takeCatalogue(carriers, NODE.id, whole([A], 4));
    const since = { epoch: EPOCH, since: 4 };
    expect(carriers.staleSince(NODE.id, headOf([A, B], 5))).to.deep.equal(since);
    expect(carriers.staleSince(NODE.id, headOf([A], 4, OTHER_EPOCH))).to.deep.equal(since);
  });

  it('asks from the start for a new node, and after a catalogue that did not add up', () => {
    const fromTheStart = { epoch: '0000000000000000', since: 0 };
    expect(carriers.staleSince(NODE.id, headOf([A], 1))).to.deep.equal(fromTheStart);
    const wrong = { head: headOf([A], 9), isReset: false, added: [B], removed: [] };
    expect(takeCatalogue(carriers, NODE.id, wrong)).to.equal(false);
    expect(carriers.staleSince(NODE.id, headOf([A], 9))).to.deep.equal(fromTheStart);
  });

  it('asks again while a receipt is neither confirmed nor denied', () => {
    takeCatalogue(carriers, NODE.id, whole([A], 4));
    carriers.putReceipt(receiptEntry(NODE, B, { epoch: OTHER_EPOCH, change: 1 }));
    expect([...carriers.of(B)]).to.deep.equal([NODE.id]);
    expect(carriers.staleSince(NODE.id, headOf([A], 4))).to.deep.equal({ epoch: EPOCH, since: 4 });
    takeCatalogue(carriers, NODE.id, { head: headOf([A], 4), isReset: false, added: [], removed: [] });
    expect([...carriers.of(B)]).to.deep.equal([]);
    expect(carriers.staleSince(NODE.id, headOf([A], 4))).to.equal(undefined);
  });

  it('forgets a receipt that a catalogue has confirmed or denied, and takes no copy of it for news', () => {
    const [covered, denied, newer] = [
      receiptEntry(NODE, A, { change: 1 }),
      receiptEntry(NODE, B, { change: 9, epoch: OTHER_EPOCH, seq: START + 5 }),
      receiptEntry(NODE, B, { change: 3 }),
    ];
    for (const receipt of [covered, denied]) carriers.putReceipt(receipt);
    expect([carriers.receipts, carriers.isSettled(covered), carriers.isSettled(denied)]).to.deep.equal([
      2,
      false,
      false,
    ]);
    takeCatalogue(carriers, NODE.id, whole([A], 2));
    expect([carriers.receipts, carriers.isSettled(covered), carriers.isSettled(denied)]).to.deep.equal([0, true, true]);
    expect(carriers.isSettled(newer)).to.equal(false);
    for (const receipt of [covered, denied]) carriers.putReceipt(receipt);
    expect([carriers.receipts, carriers.of(A), carriers.of(B)]).to.deep.equal([0, [NODE.id], []]);
  });

  it('goes on knowing what was settled when the node begins a new epoch, or its catalogue does not add up', () => {
    const old = receiptEntry(NODE, A, { change: 1, seq: START });
    carriers.putReceipt(old);
    takeCatalogue(carriers, NODE.id, whole([A], 1));
    takeCatalogue(carriers, NODE.id, { ...whole([A], 2), added: [B] });
    expect(carriers.isSettled(old)).to.equal(true);
    takeCatalogue(carriers, NODE.id, whole([], 0, OTHER_EPOCH));
    expect(carriers.isSettled(old)).to.equal(true);
    const news = receiptEntry(NODE, A, { change: 1, epoch: OTHER_EPOCH, seq: START + 1 });
    carriers.putReceipt(news);
    expect(carriers.of(A)).to.deep.equal([NODE.id]);
  });

  it('takes a catalogue over in slices, and stops when the node is forgotten in between', () => {
    const hashes = Array.from({ length: 3000 }, (_, number) => hashOf(`${number}`));
    const many = new Carriers(new Torrents(10_000, 1), DIRECTORY_LIMITS);
    const update = many.update(NODE.id);
    update.take(whole(hashes, 3000));
    const slices = update.finish(headOf(hashes, 3000));
    expect(slices.next().done).to.equal(false);
    expect(many.size).to.be.within(1, 1000);
    many.forget(NODE.id);
    expect(slices.next()).to.deep.equal({ done: true, value: true });
    while (many.tidy());
    expect([many.size, many.carried]).to.deep.equal([0, 0]);
  });

  it('forgets at once that a node carried much, and takes it out of the lists in slices', () => {
    const hashes = Array.from({ length: 2500 }, (_, number) => hashOf(`${number}`));
    const many = new Carriers(new Torrents(10_000, 1), DIRECTORY_LIMITS);
    takeCatalogue(many, NODE.id, whole(hashes, 2500));
    many.forget(NODE.id);
    expect(hashes.flatMap((hash) => many.of(hash))).to.deep.equal([]);
    expect([many.size, many.carried]).to.deep.equal([1500, 0]);
    takeCatalogue(many, NODE.id, whole(hashes.slice(0, 3), 2501));
    expect([many.tidy(), many.tidy(), many.tidy()]).to.deep.equal([true, false, false]);
    expect([many.size, many.of(hashes[0]!), many.of(hashes[3]!)]).to.deep.equal([3, [NODE.id], []]);
  });

  it('takes no more than there is room for, also when several catalogues come at once or others have just left', () => {
    const hashes = Array.from({ length: 4000 }, (_, number) => hashOf(`${number}`));
    const [mine, others] = [hashes.slice(0, 2000), hashes.slice(2000)];
    const few = new Carriers(new Torrents(10_000, 1), { ...DIRECTORY_LIMITS, maxCarried: 2000, maxReceipts: 0 });
    const [one, other] = [few.update(NODE.id), few.update(OTHER.id)];
    one.take(whole(mine, 2000));
    other.take(whole(others, 2000));
    for (const _ of one.finish(headOf(mine, 2000)));
    expect(() => [...other.finish(headOf(others, 2000))]).to.throw('no room for 2000 torrents');
    expect([few.carried, few.size, few.countOf(OTHER.id)]).to.deep.equal([2000, 2000, 0]);

    few.forget(NODE.id);
    expect([few.carried, few.roomFor(OTHER.id)]).to.deep.equal([0, 1000]);
    while (few.tidy());
    expect(takeCatalogue(few, OTHER.id, whole(others, 2000))).to.equal(true);
    expect([few.carried, few.size]).to.deep.equal([2000, 2000]);
  });

  it('forgets an expired receipt, but not what the catalogue says', () => {
    carriers.putReceipt(receiptEntry(NODE, A));
    carriers.putReceipt(receiptEntry(NODE, B));
    takeCatalogue(carriers, NODE.id, whole([B], 1));
    carriers.removeReceipt(NODE.id, A);
    carriers.removeReceipt(NODE.id, B);
    expect(carriers.receipts).to.equal(0);
    expect(carriers.size).to.equal(1);
  });

  it('forgets everything about a node', () => {
    const other = signer(2);
    carriers.putReceipt(receiptEntry(NODE, A));
    takeCatalogue(carriers, NODE.id, whole([B], 0));
    carriers.putReceipt(receiptEntry(other, A));
    carriers.forget(NODE.id);
    expect([...carriers.of(A)]).to.deep.equal([other.id]);
    expect([carriers.size, carriers.receipts, carriers.carried, carriers.countOf(NODE.id)]).to.deep.equal([1, 1, 0, 0]);
  });
});
