import { expect } from 'chai';
import { Joins, type JoinsOptions } from '../../../node/jobs/joins.ts';
import { NodeStore } from '../../../node/store/node-store.ts';
import { createGuard, type Guard } from '../../../shared/http/guard.ts';
import { SupernodeClient } from '../../../shared/http/supernode-client.ts';
import type { NamedSupernode } from '../../../shared/network/named-supernode.ts';
import { systemClock } from '../../../shared/platform/clock.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { systemRandom } from '../../../shared/platform/random.ts';
import { nodeRecord } from '../../../shared/protocol/records/statements.ts';
import { until } from '../../helpers/until.ts';
import { ACCEPTED, type FakeSupernode, startFakeSupernode } from '../fake-supernode.ts';
import { DAY_MS, signerOf } from '../plant-records.ts';

const NODE = signerOf(100);
const A = signerOf(101);
const B = signerOf(102);

describe('node/jobs/joins.ts', () => {
  let store: NodeStore;
  let guard: Guard;
  let a: FakeSupernode;
  let b: FakeSupernode;
  let running: Joins[];

  beforeEach(async () => {
    store = new NodeStore(':memory:');
    guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
    a = await startFakeSupernode(A);
    b = await startFakeSupernode(B);
    running = [];
  });
  afterEach(async () => {
    await Promise.all([...running.map((joins) => joins.stop()), guard.close()]);
    await Promise.all([a.close(), b.close()]);
    store.close();
  });

  function start(options: Partial<JoinsOptions> = {}): Joins {
    const statement = { urls: ['http://127.0.0.1:6969'], udpPort: 6969, state: 'open', weight: 100 } as const;
    const joins = new Joins({
      configured: [anybodyAt(a.url)],
      maxSupernodes: 8,
      client: new SupernodeClient({ guard, signer: NODE, clock: systemClock, random: systemRandom }),
      store: store.supernodes,
      ownRecord: () =>
        nodeRecord.sign({ ...statement, software: 'test', seq: Date.now(), ttlSeconds: 3600 }, NODE).bytes,
      clock: systemClock,
      random: systemRandom,
      log: createLog({ level: 'silent', role: 'node' }),
      retryPausesMs: [5],
      ...options,
    });
    running.push(joins);
    return joins;
  }

  it('joins a configured supernode with its own record, and obeys nobody before', async () => {
    const joins = start();
    expect(joins.hasJoined(A.id)).to.equal(false);
    await joins.firstAttempt;
    expect(joins.hasJoined(A.id)).to.equal(true);
    expect(joins.hasJoined(B.id)).to.equal(false);
    expect(a.joins.map(({ author, statement }) => [author, statement.urls])).to.deep.equal([
      [NODE.id, ['http://127.0.0.1:6969']],
    ]);
  });

  it('has made its first attempt at once when no supernode is configured', async () => {
    await start({ configured: [] }).firstAttempt;
    expect(a.joins).to.deep.equal([]);
  });

  it('tells every supernode joined of a new state at once, and does not mind who is gone', async () => {
    a.answer = { ...ACCEPTED, supernodes: [b.record()] };
    const joins = start();
    await until(() => joins.hasJoined(B.id));
    expect(joins.joinedCount).to.equal(2);
    await b.close();
    await joins.tellAll();
    expect(a.joins).to.have.length(2);
  });

  for (const status of ['wait', 'refused'] as const) {
    it(`obeys no supernode that answers "${status}"`, async () => {
      a.answer = { status, reason: 'not you', retrySeconds: 60, supernodes: [] };
      const joins = start();
      await joins.firstAttempt;
      expect(a.joins).to.have.length(1);
      expect(joins.hasJoined(A.id)).to.equal(false);
      expect(store.supernodes.all()).to.deep.equal([]);
    });
  }

  it('tries again until a supernode that was down is there', async () => {
    const port = Number(new URL(a.url).port);
    await a.close();
    const joins = start();
    await joins.firstAttempt;
    expect(joins.hasJoined(A.id)).to.equal(false);
    a = await startFakeSupernode(A, port);
    await until(() => joins.hasJoined(A.id));
  });

  it('joins the supernodes that it is introduced to as well, and those only under their own key', async () => {
    a.answer = { ...ACCEPTED, supernodes: [a.record(), b.record(), Buffer.from('no record')] };
    const joins = start();
    await until(() => joins.hasJoined(B.id));
    expect(a.joins).to.have.length(1);
    expect(store.supernodes.all().map(({ id, url, learnedFrom }) => [id, url, learnedFrom])).to.have.deep.members([
      [A.id, a.url, a.url],
      [B.id, b.url, a.url],
    ]);
  });

  it('gives up a supernode that was introduced and does not hold the key it was introduced with', async () => {
    a.answer = { ...ACCEPTED, supernodes: [b.record()] };
    b.signer = signerOf(103);
    let pings = 0;
    const client = new SupernodeClient({ guard, signer: NODE, clock: systemClock, random: systemRandom });
    const ping: typeof client.ping = (url, ...rest) => {
      if (url === b.url) pings++;
      return client.ping(url, ...rest);
    };
    const joins = start({ client: { ping, join: client.join.bind(client) } });
    await until(() => pings === 6);
    await joins.stop();
    expect(b.joins).to.deep.equal([]);
    expect(joins.hasJoined(B.id)).to.equal(false);
    expect(joins.hasJoined(signerOf(103).id)).to.equal(false);
  });

  it('joins no more supernodes than it may', async () => {
    a.answer = { ...ACCEPTED, supernodes: [b.record()] };
    const joins = start({ maxSupernodes: 1 });
    await joins.firstAttempt;
    expect(joins.hasJoined(A.id)).to.equal(true);
    await joins.stop();
    expect(b.joins).to.deep.equal([]);
  });

  it('replaces a configured supernode that came back with another key', async () => {
    store.supernodes.put({ id: B.id, url: a.url, learnedFrom: a.url, joinedAt: Date.now() });
    const joins = start();
    expect(joins.hasJoined(B.id)).to.equal(true);
    await joins.firstAttempt;
    expect([joins.hasJoined(A.id), joins.hasJoined(B.id)]).to.deep.equal([true, false]);
    expect(store.supernodes.all().map(({ id }) => id)).to.deep.equal([A.id]);
  });

  it('knows after a restart at once whom it had joined, and joins those again', async () => {
    store.supernodes.put({ id: A.id, url: a.url, learnedFrom: a.url, joinedAt: Date.now() });
    store.supernodes.put({ id: B.id, url: b.url, learnedFrom: a.url, joinedAt: Date.now() });
    const joins = start();
    expect([joins.hasJoined(A.id), joins.hasJoined(B.id)]).to.deep.equal([true, true]);
    await until(() => a.joins.length === 1 && b.joins.length === 1);
  });

  it('forgets who is no longer configured, with those whom that one introduced, and who was gone for a week', async () => {
    const joinedAt = Date.now();
    store.supernodes.put({ id: B.id, url: b.url, learnedFrom: 'http://192.0.2.9:6970', joinedAt });
    store.supernodes.put({
      id: signerOf(103).id,
      url: 'http://192.0.2.8:1',
      learnedFrom: a.url,
      joinedAt: joinedAt - 7 * DAY_MS,
    });
    const joins = start();
    expect(joins.hasJoined(B.id)).to.equal(false);
    await joins.firstAttempt;
    expect(store.supernodes.all().map(({ id }) => id)).to.deep.equal([A.id]);
    expect(b.joins).to.deep.equal([]);
  });

  it('obeys a supernode no more that has not accepted a join for a week', async () => {
    const clock = { offset: 0, now: () => Date.now() + clock.offset };
    const joins = start({ clock });
    await joins.firstAttempt;
    clock.offset = 7 * DAY_MS;
    expect(joins.hasJoined(A.id)).to.equal(false);
  });

  it('joins what is found at an origin, once, and knows it after a restart', async () => {
    const joins = start({ configured: [], origins: ['example.org'] });
    joins.find(anybodyAt(a.url), 'example.org');
    joins.find({ url: a.url, id: A.id }, 'example.org');
    await until(() => joins.hasJoined(A.id));
    joins.find({ url: a.url.replace('127.0.0.1', '127.0.0.2'), id: A.id }, 'example.org');
    await joins.stop();
    expect(a.joins).to.have.length(1);
    expect(start({ configured: [], origins: ['example.org'] }).hasJoined(A.id)).to.equal(true);
    expect(start({ configured: [], origins: ['example.net'] }).hasJoined(A.id)).to.equal(false);
  });

  it('has somebody who was found take the place of one who is gone, joined or not', async () => {
    const gone = 'http://127.0.0.1:1';
    store.supernodes.put({ id: B.id, url: gone, learnedFrom: 'example.org', joinedAt: Date.now() });
    for (const joined of [true, false]) {
      if (!joined) store.supernodes.delete(B.id);
      const joins = start({ configured: [], origins: ['example.org'], maxSupernodes: 1 });
      joins.find(anybodyAt(gone), 'example.org');
      await until(() => tryAgain(() => joins.find(anybodyAt(a.url), 'example.org'), joins.hasJoined(A.id)));
      expect(joins.hasJoined(B.id)).to.equal(joined);
      store.supernodes.delete(A.id);
    }
  });

  it('remembers no more than two for each place, those joined last, and goes on when the disk takes none of it', async () => {
    const ids = Array.from({ length: 3 }, (_, index) => signerOf(110 + index).id);
    for (const [joinedAt, id] of ids.entries()) {
      store.supernodes.put({
        id,
        url: `http://127.0.0.1:${joinedAt + 1}`,
        learnedFrom: a.url,
        joinedAt: Date.now() + joinedAt,
      });
    }
    const full = { all: () => store.supernodes.all(), put: failWith('disk full'), delete: failWith('disk full') };
    const joins = start({ maxSupernodes: 1, store: full as unknown as JoinsOptions['store'] });
    await joins.firstAttempt;
    expect([...ids, A.id].map((id) => joins.hasJoined(id))).to.deep.equal([false, false, true, true]);
  });

  it('joins a configured supernode only under the key that the operator named, and goes on trying', async () => {
    const joins = start({ configured: [{ url: a.url, id: B.id }], retryPausesMs: [0] });
    await joins.firstAttempt;
    expect([joins.joinedCount, a.joins]).to.deep.equal([0, []]);
    a.signer = B;
    await until(() => joins.hasJoined(B.id));
  });

  it('keeps a configured supernode that is gone, whoever else is found', async () => {
    await a.close();
    const joins = start({ maxSupernodes: 1, retryPausesMs: [0] });
    await joins.firstAttempt;
    for (let round = 0; round < 50; round++) {
      joins.find(anybodyAt(b.url), 'example.org');
      await new Promise((resolve) => setImmediate(resolve));
    }
    a = await startFakeSupernode(A, Number(new URL(a.url).port));
    await until(() => joins.hasJoined(A.id));
    expect(b.joins).to.deep.equal([]);
  });
});

function anybodyAt(url: string): NamedSupernode {
  return { url, id: undefined };
}

function failWith(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

function tryAgain(attempt: () => void, isDone: boolean): boolean {
  if (!isDone) attempt();
  return isDone;
}
