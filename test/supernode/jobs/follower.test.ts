import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { ChangesAnswer } from '../../../shared/protocol/messages/directory-messages.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import type { Directory } from '../../../supernode/directory/directory.ts';
import { RENEWALS_PER_RECORD } from '../../../supernode/directory/renewals.ts';
import { backOffMs } from '../../../supernode/jobs/back-off.ts';
import { Follower, pauseAfterMs } from '../../../supernode/jobs/follower.ts';
import type { Leadership } from '../../../supernode/jobs/lease.ts';
import type { Ledger } from '../../../supernode/store/ledger.ts';
import type { Cursor, RecordStore } from '../../../supernode/store/record-store.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { hashOf, nodeEntry, plantEntry, START, signer, supernodeEntry } from '../records.ts';

const FEED = 'aa'.repeat(8);
const OTHER = signer(9);
const STRANGER = signer(10);
const A = hashOf('a');

/** Answers one poll after another from a list, then never. */
class FakeFeed {
  readonly asked: { feed?: string; since: number }[] = [];
  readonly #answers: (ChangesAnswer | Error)[];

  constructor(answers: readonly (ChangesAnswer | Error)[]) {
    this.#answers = [...answers];
  }

  async changes(
    _: string,
    { feed, since }: { feed?: string; since: number },
    signal?: AbortSignal,
  ): Promise<ChangesAnswer> {
    this.asked.push(feed === undefined ? { since } : { feed, since });
    const answer = this.#answers.shift();
    if (answer instanceof Error) throw answer;
    if (answer !== undefined) return answer;
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  }
}

describe('supernode/jobs/follower.ts', () => {
  let store: RecordStore;
  let directory: Directory;
  let ledger: Ledger;
  let follower: Follower;
  let leadership: { -readonly [Key in keyof Leadership]: Leadership[Key] };
  let strangers: number;
  let screened: [Id, string][];

  const follow = (feed: FakeFeed): void => {
    follower = new Follower({
      self: signer(1).id,
      directory,
      ledger,
      cursors: store,
      client: feed,
      acquaintances: { isNamed: () => false, isWelcome: (id) => id !== STRANGER.id },
      newcomers: {
        screen: (entry, source) => {
          if (directory.isAtHome(entry)) return true;
          screened.push([entry.author, source]);
          return false;
        },
      },
      leadership,
      onStranger: () => strangers++,
      clock: { now: () => START },
      random: seededRandom(2),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  };
  const page = (next: number, ...records: Uint8Array[]): ChangesAnswer => ({
    feed: FEED,
    next,
    isReset: false,
    records,
  });

  beforeEach(async () => {
    screened = [];
    leadership = { isLeading: true };
    ({ store, directory, ledger } = await openBooks({ now: () => START }));
    await ledger.offer([supernodeEntry(OTHER)]);
    directory.supernodes.note(OTHER.id, true, START);
  });
  afterEach(async () => {
    await follower.stop();
    await store.close();
  });

  it('takes over what a feed brings and remembers how far it has read', async () => {
    const feed = new FakeFeed([page(7, plantEntry(signer(3), A).bytes)]);
    follow(feed);
    await until(() => feed.asked.length === 2);
    expect(feed.asked).to.deep.equal([{ since: 0 }, { feed: FEED, since: 7 }]);
    expect(directory.plants.live(A, START)).to.have.length(1);
    expect(await store.cursor(OTHER.id)).to.deep.equal({ feed: FEED, since: 7 } satisfies Cursor);
  });

  it('leaves out records that do not verify, and takes the others', async () => {
    const good = plantEntry(signer(3), A).bytes;
    const forged = Uint8Array.from(good);
    forged[forged.length - 20]! ^= 1;
    const feed = new FakeFeed([page(3, forged, Buffer.from('spam'), good)]);
    follow(feed);
    await until(() => feed.asked.length === 2);
    expect(directory.plants.live(A, START)).to.have.length(1);
  });

  it('takes no more newer versions of one record than an honest author makes, and goes on with the others', async () => {
    const versions = Array.from({ length: RENEWALS_PER_RECORD.burst + 2 }, (_, n) => {
      return page(n + 1, plantEntry(signer(3), A, { seq: START + n }).bytes);
    });
    const last = page(versions.length + 1, plantEntry(signer(4), A).bytes);
    const feed = new FakeFeed([...versions, last]);
    follow(feed);
    await until(() => directory.plants.plantersOf(A) === 2);
    const held = directory.plants.get(A, signer(3).id);
    expect(held?.seq).to.equal(START + RENEWALS_PER_RECORD.burst);
  });

  it('has members that are not known where they say to be asked first, and passes on nothing of them', async () => {
    const newer = supernodeEntry(OTHER, { seq: START + 1, software: 'newer' });
    const moved = supernodeEntry(OTHER, { seq: START + 2, urls: ['http://198.51.100.1'] });
    const feed = new FakeFeed([page(3, nodeEntry(signer(5)).bytes, newer.bytes, moved.bytes)]);
    follow(feed);
    await until(() => feed.asked.length === 2);
    expect(screened).to.deep.equal([
      [signer(5).id, OTHER.id],
      [OTHER.id, OTHER.id],
    ]);
    expect(directory.nodes.size).to.equal(0);
    expect(directory.supernodes.get(OTHER.id)?.entry.statement).to.deep.include({ software: 'newer' });
    const { records } = await store.changes({ feed: store.feed, since: 0 }, START);
    expect(records.map((bytes) => Buffer.from(bytes))).to.deep.equal([Buffer.from(newer.bytes)]);
  });

  it('asks again after a failure, from where it was', async () => {
    const feed = new FakeFeed([page(1, plantEntry(signer(3), A).bytes), new Error('gone')]);
    follow(feed);
    await until(() => feed.asked.length === 3);
    expect(feed.asked.at(-1)).to.deep.equal({ feed: FEED, since: 1 });
  });

  it('follows none that too few know, and says once that it is there', async () => {
    directory.put(supernodeEntry(STRANGER), START);
    directory.supernodes.note(STRANGER.id, true, START);
    const feed = new FakeFeed([]);
    strangers = 0;
    follow(feed);
    await until(() => feed.asked.length === 1);
    expect(follower.followed).to.deep.equal([OTHER.id]);
    expect(strangers).to.equal(1);
  });

  it('chooses and reads nothing while another process leads, and goes on where that one was', async () => {
    leadership.isLeading = false;
    await store.saveCursor(OTHER.id, { feed: FEED, since: 3 });
    const feed = new FakeFeed([]);
    follow(feed);
    await until(() => follower.followed.length === 1);
    expect(feed.asked).to.deep.equal([]);
    leadership.isLeading = true;
    await until(() => feed.asked.length === 1);
    expect(feed.asked).to.deep.equal([{ feed: FEED, since: 3 }]);
  });

  it('stops following one that is down', async () => {
    const feed = new FakeFeed([]);
    follow(feed);
    await until(() => feed.asked.length === 1);
    for (let missed = 0; missed < 3; missed++) directory.supernodes.note(OTHER.id, false, START);
    directory.supernodes.note(OTHER.id, false, START);
    await until(() => follower.followed.length === 0);
    expect(feed.asked).to.have.length(1);
  });
});

describe('the pause between two pages of a feed', () => {
  it('is none after news, and some after a page without', () => {
    expect(pauseAfterMs({ news: 600, known: 0, unusable: 0 })).to.equal(0);
    expect(pauseAfterMs({ news: 0, known: 0, unusable: 0 })).to.equal(250);
  });

  it('grows with what was verified for nothing, so that no feed takes more than a little of the time', () => {
    expect(pauseAfterMs({ news: 1, known: 599, unusable: 0 })).to.equal(599);
    expect(pauseAfterMs({ news: 1, known: 0, unusable: 599 })).to.equal(5990);
  });
});

describe('supernode/jobs/back-off.ts', () => {
  it('waits twice as long after each failure, up to a minute, of which half is chance', () => {
    const random = seededRandom(1);
    for (const [failures, longest] of [
      [1, 1000],
      [2, 2000],
      [6, 32_000],
      [7, 60_000],
      [1000, 60_000],
    ] as const) {
      for (let n = 0; n < 20; n++) expect(backOffMs(failures, random)).to.be.within(longest / 2, longest);
    }
  });
});
