import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { DIGEST_BYTES, FAN_OUT } from '../../../supernode/directory/digest-tree.ts';
import {
  type AntiEntropyOptions,
  MAX_BARREN_PAGES,
  MAX_ROUND_MS,
  startAntiEntropy,
} from '../../../supernode/jobs/anti-entropy.ts';
import { ALONE } from '../../../supernode/jobs/lease.ts';
import { type Books, openBooks } from '../ledgers.ts';
import { hashOf, plantEntry, START, signer, supernodeEntry } from '../records.ts';

const OTHER = signer(101);
const PLANTER = signer(200);

describe('supernode/jobs/anti-entropy.ts', () => {
  let mine: Books;
  let theirs: Books;
  let asked: string[];

  beforeEach(async () => {
    mine = await openBooks({ now: () => START });
    theirs = await openBooks({ now: () => START });
    asked = [];
    await mine.ledger.offer([supernodeEntry(OTHER)]);
  });
  afterEach(async () => {
    await mine.store.close();
    await theirs.store.close();
  });

  const client: AntiEntropyOptions['client'] = {
    digests: async (_url, firstByte) => {
      asked.push(`digests ${firstByte?.toString(16) ?? ''}`);
      return Uint8Array.from(theirs.directory.plants.digests(firstByte));
    },
    plants: async (_url, firstBytes, cursor) => {
      const prefix = firstBytes.toString(16).padStart(4, '0');
      asked.push(`plants ${prefix}`);
      return theirs.ledger.plants(prefix, cursor ?? '');
    },
  };
  const compare = async (others: readonly string[] = [OTHER.id]): Promise<void> => {
    const repetition = startAntiEntropy({
      ...mine,
      client,
      others: () => others,
      leadership: ALONE,
      intervalMs: 3_600_000,
      clock: { now: () => START },
      random: seededRandom(2),
      log: createLog({ level: 'silent', role: 'test' }),
    });
    await repetition.runNow();
    await repetition.stop();
  };

  it('ends a round with one that differs everywhere and has nothing, or takes its time', async () => {
    const random = seededRandom(5);
    let now = START;
    let pages = 0;
    const rounds = async (msPerPage: number): Promise<number> => {
      pages = 0;
      const repetition = startAntiEntropy({
        ...mine,
        client: {
          digests: async () => random.bytes(FAN_OUT * DIGEST_BYTES),
          plants: async () => {
            pages++;
            now += msPerPage;
            return { records: [], next: `${pages}` };
          },
        },
        others: () => [OTHER.id],
        leadership: ALONE,
        intervalMs: 3_600_000,
        clock: { now: () => now },
        random,
        log: createLog({ level: 'silent', role: 'test' }),
      });
      await repetition.runNow();
      await repetition.stop();
      return pages;
    };
    expect(await rounds(0)).to.equal(MAX_BARREN_PAGES);
    expect(await rounds(10_000)).to.equal(MAX_ROUND_MS / 10_000);
  });

  it('asks one question when both hold the same', async () => {
    for (const { ledger } of [mine, theirs]) await ledger.offer([plantEntry(PLANTER, hashOf('a'))]);
    await compare();
    expect(asked).to.deep.equal(['digests ']);
  });

  it('reads what it lacks, and newer records, and keeps its own', async () => {
    const names = Array.from({ length: 30 }, (_, number) => `${number}`);
    const ofAll = names.map((name) => plantEntry(PLANTER, hashOf(name)));
    await mine.ledger.offer(ofAll.slice(0, 20));
    await theirs.ledger.offer(ofAll.slice(5));
    await theirs.ledger.offer([plantEntry(PLANTER, hashOf('7'), { copies: 0, seq: START + 1 })]);
    await compare();
    for (const name of names) expect(mine.directory.plants.has(hashOf(name))).to.equal(true);
    expect(mine.directory.plants.live(hashOf('7'), START)).to.deep.equal([]);
    expect(asked.filter((question) => question.startsWith('plants')).length).to.be.at.most(2 * 16);
    [mine, theirs] = [theirs, mine];
    await mine.ledger.offer([supernodeEntry(OTHER)]);
    await compare();
    expect(mine.directory.plants.digests()).to.deep.equal(theirs.directory.plants.digests());
  });

  it('has nobody to ask when it follows nobody', async () => {
    await compare([]);
    expect(asked).to.deep.equal([]);
  });
});
