import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { Admission } from '../../../supernode/directory/admission.ts';
import type { Directory } from '../../../supernode/directory/directory.ts';
import type { MemberEntry } from '../../../supernode/directory/entry.ts';
import { Visits } from '../../../supernode/directory/visits.ts';
import { MAX_TRIES, WaitingRoom } from '../../../supernode/directory/waiting-room.ts';
import { Newcomers } from '../../../supernode/jobs/newcomers.ts';
import type { Ledger } from '../../../supernode/store/ledger.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const SELF = signer(1);
const [ONE, OTHER] = [signer(101).id, signer(102).id];
const NODE = signer(2);
const URLS = ['http://192.0.2.1:6969', 'http://n.example'];

describe('supernode/jobs/newcomers.ts', () => {
  let now: number;
  let store: RecordStore;
  let directory: Directory;
  let ledger: Ledger;
  let room: WaitingRoom;
  let newcomers: Newcomers;
  let asked: string[];
  let check: (entry: MemberEntry) => Promise<string>;
  let isVouchedFor: boolean;

  beforeEach(async () => {
    now = START;
    asked = [];
    isVouchedFor = false;
    check = async ({ statement }) => statement.urls.at(-1)!;
    ({ store, directory, ledger } = await openBooks({ now: () => now }));
    const unhurried = new NetworkSet(['10.0.0.0/8']);
    const visits = new Visits(unhurried);
    room = new WaitingRoom(visits);
    newcomers = new Newcomers({
      ...{ self: SELF.id, directory, ledger, room, visits, unhurried },
      admissions: { node: new Admission(), supernode: new Admission() },
      check: (entry) => {
        asked.push(entry.author);
        return check(entry);
      },
      indirect: { vouch: async () => isVouchedFor },
      witnesses: () => [ONE, OTHER],
      clock: { now: () => now },
      random: seededRandom(3),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  });
  afterEach(async () => {
    await newcomers.stop();
    await store.close();
  });
  const feed = async (): Promise<number> => (await ledger.changes({ feed: ledger.feed, since: 0 })).records.length;

  it('lets in and passes on who answers, with the URL where it does', async () => {
    expect(newcomers.screen(nodeEntry(NODE, { urls: URLS }), ONE)).to.equal(false);
    expect([directory.nodes.size, await feed()]).to.deep.equal([0, 0]);
    await until(() => directory.nodes.get(NODE.id)?.liveness.state === 'up');
    expect(directory.nodes.get(NODE.id)).to.include({ url: URLS[1] });
    expect([room.size, await feed()]).to.deep.equal([0, 1]);
  });

  it('tries again with who could not be let in', async () => {
    const offer = ledger.offer.bind(ledger);
    let offers = 0;
    ledger.offer = (entries) => (offers++ === 0 ? Promise.reject(new Error('no database')) : offer(entries));
    newcomers.screen(nodeEntry(NODE), ONE);
    await until(() => offers === 1);
    expect(room.size).to.equal(1);
    now += 100_000;
    await until(() => directory.nodes.get(NODE.id)?.liveness.state === 'up');
    await until(() => room.size === 0);
  });

  it('never passes on who does not answer, and leaves it after some tries', async () => {
    check = () => Promise.reject(new Error('no answer'));
    newcomers.screen(nodeEntry(NODE), ONE);
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      await until(() => asked.length === tries);
      now += 100_000;
    }
    await until(() => room.size === 0);
    expect([directory.nodes.size, await feed()]).to.deep.equal([0, 0]);
  });

  it('takes the word of others for a node that it cannot reach, after its own last try', async () => {
    isVouchedFor = true;
    check = () => Promise.reject(new Error('no answer'));
    newcomers.screen(nodeEntry(NODE), ONE);
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      expect(directory.nodes.size).to.equal(0);
      await until(() => asked.length === tries);
      now += 100_000;
    }
    await until(() => directory.nodes.get(NODE.id)?.liveness.state === 'up');
    expect(directory.nodes.get(NODE.id)?.liveness.isReached).to.equal(false);
  });

  it('asks nobody about members that are known with the same URLs, and keeps those that moved as they were meanwhile', async () => {
    await ledger.offer([nodeEntry(NODE)]);
    directory.nodes.note(NODE.id, true, now);
    expect(newcomers.screen(nodeEntry(NODE, { seq: START + 1, state: 'draining' }), ONE)).to.equal(true);
    const { promise, resolve } = Promise.withResolvers<string>();
    check = () => promise;
    newcomers.screen(nodeEntry(NODE, { seq: START + 2, urls: URLS }), ONE);
    await until(() => asked.length === 1);
    expect(directory.nodes.get(NODE.id)?.entry.statement.urls).to.have.length(1);
    expect(directory.nodes.get(NODE.id)?.liveness.state).to.equal('up');
    resolve(URLS[0]!);
    await until(() => directory.nodes.get(NODE.id)?.entry.statement.urls.length === 2);
    expect(directory.nodes.get(NODE.id)?.liveness.state).to.equal('up');
  });

  it('asks nobody about records that say nothing new, nor itself', async () => {
    await ledger.offer([nodeEntry(NODE, { seq: START + 5 })]);
    newcomers.screen(nodeEntry(NODE, { urls: URLS }), ONE);
    newcomers.screen(supernodeEntry(SELF), ONE);
    expect(room.size).to.equal(0);
  });

  it('has a crowd from one network wait as joiners do when only one feed tells of it', async () => {
    for (let number = 1; number <= 5; number++) {
      const entry = nodeEntry(signer(10 + number), { urls: [`http://192.0.2.${number}:6969`] });
      newcomers.screen(entry, ONE);
      await until(() => asked.length === number);
    }
    await until(() => directory.nodes.size === 4);
    expect(room.size).to.equal(1);
    now += 599_000;
    await until(() => room.next(now) === undefined);
    expect(directory.nodes.size).to.equal(4);
    now += 1000;
    await until(() => directory.nodes.size === 5);
  });

  it('has nobody of a crowd wait of whom two feeds tell, nor in networks that the operator allows', async () => {
    const urls = [1, 2, 3, 4, 5, 6].map((n) => `http://192.0.2.${n}:6969`);
    const local = [1, 2, 3, 4, 5, 6].map((n) => `http://10.0.0.${n}:6969`);
    for (const [index, url] of [...urls, ...local].entries()) {
      const entry = nodeEntry(signer(10 + index), { urls: [url] });
      newcomers.screen(entry, ONE);
      if (index < urls.length) newcomers.screen(entry, OTHER);
    }
    await until(() => directory.nodes.size === 12);
  });
});
