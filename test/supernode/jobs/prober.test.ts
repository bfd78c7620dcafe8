import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { CatalogueHead, Pong } from '../../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import type { Directory } from '../../../supernode/directory/directory.ts';
import type { Pinger } from '../../../supernode/jobs/member-ping.ts';
import { MAX_PROBES, Prober } from '../../../supernode/jobs/prober.ts';
import type { Ledger } from '../../../supernode/store/ledger.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { EPOCH, nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const SELF = signer(1);
const NODE = signer(2);
const HEAD: CatalogueHead = { epoch: EPOCH, change: 1, count: 0, root: '00'.repeat(32) };

describe('supernode/jobs/prober.ts', () => {
  let now: number;
  let store: RecordStore;
  let directory: Directory;
  let ledger: Ledger;
  let prober: Prober;
  let pings: string[];
  let heard: [Id, CatalogueHead, isReached: boolean][];
  let noted: [Id, boolean][];
  let silent: Set<string>;
  let answer: () => Promise<{ pong: Pong }>;
  let secondOpinion: (id: Id) => Promise<Pong | undefined>;

  const pinger: Pinger = {
    ping: (baseUrl) => {
      pings.push(baseUrl);
      return silent.has(baseUrl) ? Promise.reject(new Error('no answer')) : answer();
    },
  };
  const pongWith = (record: Uint8Array): { pong: Pong } => ({
    pong: { challenge: '00'.repeat(16), record, catalogue: HEAD, load: 0, uptimeSeconds: 1 },
  });
  const stateOf = (id: Id) => directory.nodes.get(id)?.liveness.state;

  beforeEach(async () => {
    now = START;
    ({ store, directory, ledger } = await openBooks({ now: () => now }));
    pings = [];
    heard = [];
    silent = new Set();
    noted = [];
    secondOpinion = async () => undefined;
    answer = async () => pongWith(nodeEntry(NODE).bytes);
    await ledger.offer([nodeEntry(NODE)]);
  });
  const start = (): void => {
    prober = new Prober({
      self: SELF.id,
      directory,
      ledger,
      catalogues: { heard: (...told) => heard.push(told) },
      health: { note: (id, isReached) => noted.push([id, isReached]) },
      indirect: { ask: (id) => secondOpinion(id) },
      newcomers: { screen: (entry) => directory.isAtHome(entry) },
      clients: { node: pinger, supernode: pinger },
      probeIntervalMs: 5000,
      clock: { now: () => now },
      random: seededRandom(3),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  };
  afterEach(async () => {
    await prober.stop();
    await store.close();
  });

  it('pings whom it hears of at once, and passes the head of the catalogue on', async () => {
    start();
    await until(() => stateOf(NODE.id) === 'up');
    expect(pings).to.deep.equal(['http://192.0.2.1:6969']);
    expect(heard).to.deep.equal([[NODE.id, HEAD, true]]);
  });

  it('pings again when the interval, a quarter more or less, is over', async () => {
    start();
    await until(() => stateOf(NODE.id) === 'up');
    const { probeAt } = directory.nodes.get(NODE.id)!;
    expect(probeAt - START).to.be.within(3750, 6250);
    now = probeAt;
    await until(() => pings.length === 2);
  });

  it('goes on when the clock was set back', async () => {
    start();
    await until(() => stateOf(NODE.id) === 'up');
    now -= 86_400_000;
    await until(() => pings.length === 2);
  });

  it('suspects a node at its first missed ping, asks within a second or so, and gives up after the third', async () => {
    answer = () => Promise.reject(new Error('no answer'));
    start();
    const states = [];
    for (let missed = 1; missed <= 3; missed++) {
      await until(() => directory.nodes.get(NODE.id)?.liveness.failures === missed);
      const { liveness, probeAt } = directory.nodes.get(NODE.id)!;
      states.push(liveness.state);
      if (missed < 3) expect(probeAt - now).to.be.at.most(1250);
      now = probeAt;
    }
    expect(states).to.deep.equal(['suspect', 'suspect', 'down']);
    answer = async () => pongWith(nodeEntry(NODE).bytes);
    await until(() => stateOf(NODE.id) === 'up');
  });

  it('keeps a node up that another supernode has proved alive, and tells its health what it saw itself', async () => {
    const asked: Id[] = [];
    answer = () => Promise.reject(new Error('no answer'));
    secondOpinion = async (id) => {
      asked.push(id);
      return pongWith(nodeEntry(NODE, { seq: START + 1, weight: 7 }).bytes).pong;
    };
    start();
    await until(() => stateOf(NODE.id) === 'up');
    expect(asked).to.deep.equal([NODE.id]);
    expect(directory.nodes.get(NODE.id)?.liveness.isReached).to.equal(false);
    expect(noted).to.deep.equal([[NODE.id, false]]);
    await until(() => directory.nodes.get(NODE.id)?.entry.statement.weight === 7);
    expect(heard.map(([id, , isReached]) => [id, isReached])).to.deep.equal([[NODE.id, false]]);
  });

  it('counts a node as not reached while others are asked about it', async () => {
    start();
    await until(() => stateOf(NODE.id) === 'up');
    const { promise, resolve } = Promise.withResolvers<Pong | undefined>();
    answer = () => Promise.reject(new Error('no answer'));
    secondOpinion = () => promise;
    now = directory.nodes.get(NODE.id)!.probeAt;
    await until(() => directory.nodes.get(NODE.id)?.liveness.isReached === false);
    expect(stateOf(NODE.id)).to.equal('up');
    resolve(undefined);
    await until(() => stateOf(NODE.id) === 'suspect');
  });

  it('takes over a newer record that comes with a pong', async () => {
    answer = async () => pongWith(nodeEntry(NODE, { seq: START + 1, state: 'draining' }).bytes);
    start();
    await until(() => directory.nodes.get(NODE.id)?.entry.statement.state === 'draining');
    expect(stateOf(NODE.id)).to.equal('up');
  });

  it('calls a member at another of its URLs when the first fails, and at the first when it is back', async () => {
    const urls = ['http://192.0.2.1:6969', 'http://n.example', 'http://[2001:db8::1]'];
    const entry = nodeEntry(NODE, { seq: START + 1, urls });
    directory.put(entry, START);
    answer = async () => pongWith(entry.bytes);
    silent = new Set(urls.slice(0, 2));
    start();
    await until(() => stateOf(NODE.id) === 'up');
    expect(pings.slice(0, 3)).to.have.members(urls);
    expect(directory.nodes.get(NODE.id)?.url).to.equal(urls[2]);
    silent = new Set();
    for (let round = 0; directory.nodes.get(NODE.id)?.url !== urls[0]; round++) {
      expect(round, 'pings without a look home').to.be.below(200);
      const before = pings.length;
      now = directory.nodes.get(NODE.id)!.probeAt;
      await until(() => pings.length > before && directory.nodes.get(NODE.id)!.probeAt > now);
      expect(pings.at(-1)).to.be.oneOf([urls[2], urls[0]]);
    }
    expect(noted.every(([, isReached]) => isReached)).to.equal(true);
  });

  it('calls a member that is down at one URL at a time, and finds it at any of them', async () => {
    const urls = ['http://192.0.2.1:6969', 'http://n.example', 'http://[2001:db8::1]'];
    const entry = nodeEntry(NODE, { seq: START + 1, urls });
    directory.put(entry, START);
    for (let missed = 0; missed < 3; missed++) directory.nodes.note(NODE.id, false, START);
    answer = async () => pongWith(entry.bytes);
    silent = new Set(urls);
    start();
    const called = new Set<string>();
    for (let round = 1; round <= 20; round++) {
      await until(() => pings.length === round && directory.nodes.get(NODE.id)!.probeAt > now);
      called.add(pings.at(-1)!);
      now = directory.nodes.get(NODE.id)!.probeAt;
    }
    expect([...called].sort()).to.deep.equal([...urls].sort());
  });

  it('believes a node that says to be elsewhere no sooner than somebody answers there', async () => {
    answer = async () => pongWith(nodeEntry(NODE, { seq: START + 1, urls: ['http://198.51.100.1'] }).bytes);
    start();
    await until(() => stateOf(NODE.id) === 'up');
    expect(directory.nodes.get(NODE.id)?.entry.statement.urls).to.deep.equal(['http://192.0.2.1:6969']);
  });

  it('has no second ping of the same member under way', async () => {
    const { promise, resolve } = Promise.withResolvers<{ pong: Pong }>();
    answer = () => promise;
    start();
    await until(() => pings.length === 1);
    now += 60_000;
    await ledger.offer([supernodeEntry(signer(3))]);
    await until(() => pings.length === 2);
    expect(pings).to.deep.equal(['http://192.0.2.1:6969', 'http://192.0.2.2:6970']);
    resolve(pongWith(nodeEntry(NODE).bytes));
    await until(() => stateOf(NODE.id) === 'up');
  });

  it('lets nobody who answers wait for those who keep silent, and those for each other in turn', async () => {
    const urlOf = (number: number): string => `http://n${number}.example`;
    const crowd = Array.from({ length: MAX_PROBES.doubtful + 2 }, (_, number) => signer(20 + number));
    for (const [number, author] of crowd.entries()) {
      directory.put(nodeEntry(author, { urls: [urlOf(number)] }), START);
    }
    const misses: (() => void)[] = [];
    answer = () => new Promise((_, reject) => misses.push(() => reject(new Error('no answer'))));
    start();
    await until(() => pings.length === MAX_PROBES.doubtful);
    const [third, second, last] = [crowd.length - 3, crowd.length - 2, crowd.length - 1];
    directory.nodes.note(crowd[last]!.id, true, now);
    await until(() => pings.at(-1) === urlOf(last));
    misses.shift()!();
    await until(() => pings.at(-1) === urlOf(third));
    now += 60_000;
    misses.shift()!();
    await until(() => pings.length === MAX_PROBES.doubtful + 3);
    expect(pings.at(-1)).to.equal(urlOf(second));
    answer = () => Promise.reject(new Error('no answer'));
    for (const miss of misses) miss();
  });

  it('needs no ping to know that it is up itself', async () => {
    await ledger.offer([supernodeEntry(SELF, { urls: ['http://192.0.2.9:6970'] })]);
    start();
    await until(() => directory.supernodes.get(SELF.id)?.liveness.state === 'up');
    expect(pings).not.to.include('http://192.0.2.9:6970');
  });
});
