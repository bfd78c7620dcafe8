import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import { listMembers } from '../../../supernode/api/lists.ts';
import { ALONE } from '../../../supernode/jobs/lease.ts';
import { startRollCall } from '../../../supernode/jobs/roll-call.ts';
import { type Books, openBooks } from '../ledgers.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const OTHER = signer(101);
const NODES = [1, 2, 3, 4, 5].map((number) => nodeEntry(signer(number)));

describe('supernode/jobs/roll-call.ts', () => {
  let mine: Books;
  let theirs: Books;
  let told: Id[];
  let room: number;

  beforeEach(async () => {
    mine = await openBooks({ now: () => START });
    theirs = await openBooks({ now: () => START });
    told = [];
    room = 1000;
    await mine.ledger.offer([supernodeEntry(OTHER)]);
    await theirs.ledger.offer([supernodeEntry(OTHER), supernodeEntry(signer(102)), ...NODES]);
  });
  afterEach(async () => {
    await mine.store.close();
    await theirs.store.close();
  });
  const call = async (seed: number, others: readonly Id[] = [OTHER.id], isLeading = true): Promise<void> => {
    const repetition = startRollCall({
      ...mine,
      client: {
        nodes: async (_url, cursor) => listMembers(theirs.directory.nodes, cursor ?? ''),
        supernodes: async (_url, cursor) => listMembers(theirs.directory.supernodes, cursor ?? ''),
      },
      newcomers: {
        roomFor: () => room,
        screen: (entry) => {
          if (mine.directory.isAtHome(entry)) return true;
          told.push(entry.author);
          room--;
          return false;
        },
      },
      others: () => others,
      leadership: isLeading ? ALONE : { isLeading },
      intervalMs: 3_600_000,
      clock: { now: () => START },
      random: seededRandom(seed),
      log: createLog({ level: 'silent', role: 'test' }),
    });
    await repetition.runNow();
    await repetition.stop();
  };

  it('has everybody asked whom another supernode knows and this one does not', async () => {
    await call(1);
    const ids = [signer(102).id, ...NODES.map(({ author }) => author)];
    expect([...new Set(told)].sort()).to.deep.equal(ids.sort());
    expect(mine.directory.nodes.size).to.equal(0);
  });

  it('takes newer records of those that are known there', async () => {
    await mine.ledger.offer([nodeEntry(signer(1), { seq: START - 1, weight: 7 })]);
    await call(1);
    expect(mine.directory.nodes.get(signer(1).id)?.entry.statement.weight).to.equal(100);
    expect(told).not.to.include(signer(1).id);
  });

  it('starts at another place each time, so that those for whom there was no room come in later', async () => {
    const first = new Set<Id>();
    for (let seed = 1; seed <= 20; seed++) {
      told = [];
      await call(seed);
      first.add(told.find((id) => NODES.some(({ author }) => author === id))!);
    }
    expect(first.size).to.be.above(1);
  });

  it('asks nobody when there is no room, nobody to ask, or another process leads', async () => {
    await call(1, []);
    await call(1, [OTHER.id], false);
    room = 0;
    await call(1);
    expect(told).to.deep.equal([]);
  });
});
