import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { type CarriersAnswer, carriersAnswer, NO_FEED } from '../../../shared/protocol/messages/carrier-messages.ts';
import { nodeRecord } from '../../../shared/protocol/records/statements.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { CarrierPolls } from '../../../supernode/api/carriers.ts';
import { MAX_CARRIER_CHANGES } from '../../../supernode/directory/carrier-changes.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { takeCatalogue } from '../catalogues.ts';
import { EPOCH, hashOf, nodeEntry, receiptEntry, START, signer } from '../records.ts';

const A = signer(1);
const B = signer(2);
const C = signer(3);
const FIRST = { feed: NO_FEED, since: 0, waitSeconds: 0 };

describe('supernode/api/carriers.ts', () => {
  let directory: Directory;
  let polls: CarrierPolls;
  let gone: AbortController;

  beforeEach(() => {
    directory = new Directory();
    polls = new CarrierPolls(directory, seededRandom(1));
    gone = new AbortController();
    for (const node of [A, B, C]) directory.put(nodeEntry(node), START);
  });
  afterEach(() => polls.close());

  const ask = (node = A, call: Partial<typeof FIRST & { place: InfoHash }> = {}): Promise<CarriersAnswer> => {
    return polls.next(node.id, { ...FIRST, ...call }, gone.signal);
  };
  const carry = (node: typeof A, name: string): void => directory.put(receiptEntry(node, hashOf(name)), START);

  /** Who is said to carry what, by name of the torrent. */
  function said(answer: CarriersAnswer, names: readonly string[]): Record<string, string[]> {
    const through = carriersAnswer.read(carriersAnswer.write(answer));
    const ids = through.nodes.map((bytes) => nodeRecord.open(bytes, START).record.author);
    const entries = through.items.map(({ infoHash, carriers }) => {
      const name = names.find((candidate) => hashOf(candidate) === infoHash) ?? infoHash;
      return [name, carriers.map((index) => ids[index]!).sort()] as const;
    });
    return Object.fromEntries(entries);
  }

  it('tells a node that knows nothing everything about its torrents, and nothing about others', async () => {
    carry(A, 'both');
    carry(B, 'both');
    carry(A, 'alone');
    carry(C, 'foreign');
    const answer = await ask();
    expect(answer.isReset).to.equal(true);
    expect(said(answer, ['both', 'alone'])).to.deep.equal({ both: [A.id, B.id].sort(), alone: [A.id] });
  });

  it('tells of changes alone to whoever goes on, and goes on telling from there', async () => {
    carry(A, 'both');
    const { feed, next } = await ask();
    expect((await ask(A, { feed, since: next })).items).to.deep.equal([]);
    carry(B, 'both');
    carry(B, 'foreign');
    const second = await ask(A, { feed, since: next });
    expect(second.isReset).to.equal(false);
    expect(said(second, ['both'])).to.deep.equal({ both: [A.id, B.id].sort() });
    directory.remove(receiptEntry(B, hashOf('both')));
    expect(said(await ask(A, { feed, since: second.next }), ['both'])).to.deep.equal({ both: [A.id] });
  });

  it('answers who waits when a torrent of theirs changes, and lets others wait on', async () => {
    carry(A, 'both');
    const { feed, next } = await ask();
    const waiting = ask(A, { feed, since: next, waitSeconds: 30 });
    let isAnswered = false;
    void waiting.then(() => {
      isAnswered = true;
    });
    carry(C, 'foreign');
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).to.equal(false);
    carry(B, 'both');
    expect(said(await waiting, ['both'])).to.deep.equal({ both: [A.id, B.id].sort() });
  });

  it('answers with nothing when the other side has gone, asks again, or the service ends', async () => {
    const { feed, next } = await ask();
    const waits = { feed, since: next, waitSeconds: 30 };
    const left = ask(A, waits);
    gone.abort();
    expect((await left).items).to.deep.equal([]);
    gone = new AbortController();
    const older = ask(A, waits);
    const newer = ask(A, waits);
    expect((await older).items).to.deep.equal([]);
    polls.close();
    expect((await newer).items).to.deep.equal([]);
    expect((await ask(A, waits)).items).to.deep.equal([]);
  });

  it('knows no node that has not joined', async () => {
    const error = await ask(signer(9)).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('code', 'not-joined');
  });

  it('starts anew for a cursor of another feed, from the future or too old', async () => {
    carry(A, 'both');
    const { feed, next } = await ask();
    for (const call of [{ feed: 'ff'.repeat(8) }, { feed, since: next + 1 }])
      expect((await ask(A, call)).isReset).to.equal(true);
    for (let change = 0; change <= MAX_CARRIER_CHANGES; change++) directory.carriers.changes.note(hashOf('foreign'));
    expect((await ask(A, { feed, since: next })).isReset).to.equal(true);
  });

  it('pages what does not fit one answer, in the order of the hashes, and leaves nothing out', async () => {
    const names = Array.from({ length: 12_000 }, (_, index) => `torrent ${index}`);
    const hashes = names.map(hashOf);
    const head = { epoch: EPOCH, change: hashes.length, count: hashes.length, root: new Catalogue(hashes).root() };
    for (const node of [A, B]) {
      takeCatalogue(directory.carriers, node.id, { head, isReset: true, added: hashes, removed: [] });
    }
    directory.put(receiptEntry(A, hashOf('unconfirmed'), { change: head.change + 1 }), START);
    const seen: InfoHash[] = [];
    let answer = await ask();
    let pages = 1;
    seen.push(...answer.items.map(({ infoHash }) => infoHash));
    while (answer.place !== undefined) {
      answer = await ask(A, { feed: answer.feed, since: answer.next, place: answer.place });
      seen.push(...answer.items.map(({ infoHash }) => infoHash));
      pages++;
    }
    expect(pages).to.be.above(1);
    expect(seen).to.deep.equal([...hashes, hashOf('unconfirmed')].sort());
  });
});
