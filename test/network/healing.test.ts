// Supernodes that watch and heal: what becomes of torrents when carriers die, come back, drain or vanish together, and of
// supernodes that are cut off or lose their memory. Three supernodes and six nodes in this process, with scaled times.

import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createGuard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { rank } from '../../shared/protocol/rendezvous.ts';
import { plantRecord } from '../../shared/protocol/statements.ts';
import { CuttableGuards } from '../helpers/cuttable-guard.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

const TOKEN = 'test-test-test-test';
const ADMIN = ['--admin-token', `all:${TOKEN}`];
const DEAD_AFTER_MS = 1500;
const TIMES = [
  ...['--probe-interval', '150ms', '--dead-after', `${DEAD_AFTER_MS}ms`, '--heal-delay', '800ms'],
  ...['--trim-after', '500ms', '--brake-window', '1d'],
];

describe('a network that heals', function () {
  this.timeout(20_000);
  const guards = [0, 1, 2].map(() => new CuttableGuards());
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  const planter = createSigner();
  const callers = { guard, signer: planter, clock: systemClock, random: systemRandom };
  const client = new SupernodeClient(callers);
  const nodes = new NodeClient(callers);
  let network: TestNetwork;
  let infoHash: InfoHash;

  before(async () => {
    network = await TestNetwork.create({
      nodes: 6,
      supernodes: 3,
      nodeFlags: ADMIN,
      supernodeFlags: [...TIMES, ...ADMIN],
      supernodeOverrides: (index) => ({ openGuard: guards[index]!.open }),
    });
    for (const { baseUrl, service } of network.nodes) ids.set(baseUrl, service.id);
    infoHash = await plant('the torrent');
    await everySupernode(infoHash, (ids) => ids.length === 2, 'two carriers');
  });
  after(async () => {
    await network?.stop();
    await guard.close();
  });

  /** Plants twice with the help of one supernode, and tells that one alone. */
  const plant = async (name: string, through = 0): Promise<InfoHash> => {
    const hash = createHash('sha1').update(name).digest('hex');
    const { baseUrl, service } = network.supernodes[through]!;
    const { allocation, nodes: named } = await client.allocate(baseUrl, service.id, { infoHash: hash, copies: 2 });
    const statement = { infoHash: hash, copies: 2, seq: Date.now(), ttlSeconds: 3600 };
    const plants = [plantRecord.sign(statement, planter).bytes];
    const carriers = named.map(({ record }) => record.bytes);
    const call = { plants, allocations: [allocation.record.bytes], carriers };
    const answers = named.slice(0, 2).map(({ record, value }) => nodes.plant(value.urls[0]!, record.author, call));
    const receipts = (await Promise.all(answers)).flatMap(({ items }) => items[0]?.receipt ?? []);
    await client.register(baseUrl, service.id, { plants, receipts });
    return hash;
  };
  /** Tells the first supernode alone. */
  const uproot = async (hash: InfoHash): Promise<void> => {
    const { baseUrl, service } = network.supernodes[0]!;
    const statement = { infoHash: hash, copies: 0, seq: Date.now() + 1, ttlSeconds: 3600 };
    const plants = [plantRecord.sign(statement, planter).bytes];
    const { items } = await client.register(baseUrl, service.id, { plants, receipts: [] });
    expect(items[0]!.status).to.equal('planted');
  };
  const carriersAt = async (baseUrl: string, hash: InfoHash): Promise<Id[]> => {
    const { items } = await client.lookup(baseUrl, [hash]);
    return items[0]!.carriers.flatMap(({ node, state }) => (state === 'up' ? [node] : [])).sort();
  };
  /** Resolves when all supernodes name carriers as wished; with those of the first. */
  const everySupernode = async (hash: InfoHash, wish: (ids: Id[]) => boolean, what: string): Promise<Id[]> => {
    const look = async (): Promise<Id[] | undefined> => {
      const views = await Promise.all(network.supernodes.map(({ baseUrl }) => carriersAt(baseUrl, hash)));
      return views.every(wish) ? views[0] : undefined;
    };
    return until(look, { what, timeoutMs: 15_000 });
  };
  const nodeOf = (id: Id): TestNetwork['nodes'][number] => network.nodes.find((node) => idAt(node.baseUrl) === id)!;
  const idAt = (baseUrl: string): Id => ids.get(baseUrl)!;
  const ids = new Map<string, Id>();
  /** All nodes in the order in which they carry the torrent. */
  const ranking = (hash: InfoHash): Id[] =>
    rank(
      hash.slice(0, 3),
      [...ids.values()].map((id) => ({ id, weight: 50 })),
    );
  const admin = async (baseUrl: string, path: string): Promise<void> => {
    const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
    const { status } = await fetch(`${baseUrl}/admin/v1${path}`, { method: 'POST', headers, body: '{}' });
    expect(status).to.equal(200);
  };

  it('makes no copy for a node that is back within minutes', async () => {
    const [first = ''] = ranking(infoHash);
    await nodeOf(first).stop();
    await everySupernode(infoHash, (now) => !now.includes(first), 'the carrier missed');
    await nodeOf(first).startAgain();
    const carriers = await everySupernode(infoHash, (now) => now.includes(first), 'the carrier back');
    expect(carriers).to.deep.equal(ranking(infoHash).slice(0, 2).sort());
  });

  it('has the next node in the ranking carry the torrent of a dead one, that node alone, and trims the return', async () => {
    const [first = '', second = '', third = ''] = ranking(infoHash);
    await nodeOf(first).stop();
    const isHealed = (now: Id[]): boolean => now.length === 2 && !now.includes(first);
    const healed = await everySupernode(infoHash, isHealed, 'two carriers again');
    expect(healed).to.deep.equal([second, third].sort());
    await nodeOf(first).startAgain();
    await everySupernode(infoHash, (now) => now.includes(first), 'the dead back');
    const trimmed = await everySupernode(infoHash, (now) => now.length === 2, 'two carriers after the trim');
    expect(trimmed).to.deep.equal([first, second].sort());
  });

  it('keeps two carriers alive all along while a node drains, until it is empty', async () => {
    const [first = '', second = '', third = ''] = ranking(infoHash);
    await admin(nodeOf(first).baseUrl, '/drain');
    let fewest = Number.POSITIVE_INFINITY;
    await until(
      async () => {
        const views = await Promise.all(network.supernodes.map(({ baseUrl }) => carriersAt(baseUrl, infoHash)));
        fewest = Math.min(fewest, ...views.map(({ length }) => length));
        return views.every((view) => !view.includes(first));
      },
      { what: 'the draining node without torrents', timeoutMs: 15_000 },
    );
    expect(fewest).to.equal(2);
    expect(await carriersAt(network.supernodes[0]!.baseUrl, infoHash)).to.deep.equal([second, third].sort());
    await admin(nodeOf(first).baseUrl, '/resume');
    await until(async () => (await fetch(`${nodeOf(first).baseUrl}/ready`)).ok);
  });

  it('brings an uproot to a carrier that was away, and has no carrier of it left', async () => {
    const hash = await plant('to be uprooted');
    const carriers = await everySupernode(hash, (now) => now.length === 2, 'two carriers');
    const [away = ''] = carriers;
    await nodeOf(away).stop();
    await uproot(hash);
    await nodeOf(away).startAgain();
    await everySupernode(hash, (now) => now.length === 0, 'no carriers');
  });

  it('lets a supernode that lost its database catch up by itself', async () => {
    const [, , last] = network.supernodes;
    const before = await carriersAt(last!.baseUrl, infoHash);
    await last!.stop();
    const folder = network.folder.at('supernode-2');
    for (const name of readdirSync(folder)) if (name.startsWith('supernode.sqlite')) rmSync(join(folder, name));
    await last!.startAgain();
    const after = await everySupernode(infoHash, (now) => now.length === 2, 'the carriers known again');
    expect(after).to.deep.equal(before);
    const { items } = await client.lookup(last!.baseUrl, [infoHash]);
    expect(items[0]!.plants).to.have.length(1);
  });

  it('has all supernodes know all torrents again after they were cut off from each other', async () => {
    const [a, b, c] = network.supernodes.map(({ baseUrl }) => baseUrl);
    guards[0]!.cut(c!);
    guards[1]!.cut(c!);
    guards[2]!.cut(a!, b!);
    const here = await plant('planted on one side', 0);
    const there = await plant('planted on the other side', 2);
    expect(await carriersAt(c!, there)).to.have.length(2);
    expect((await client.lookup(c!, [here])).items[0]!.plants.length).to.equal(0);
    expect((await client.lookup(a!, [there])).items[0]!.plants.length).to.equal(0);
    for (const one of guards) one.mend();
    for (const hash of [here, there]) {
      await everySupernode(hash, (now) => now.length === 2, 'the other side known');
      for (const { baseUrl } of network.supernodes) {
        await until(async () => (await client.lookup(baseUrl, [hash])).items[0]!.plants.length === 1);
      }
    }
  });

  it('heals nothing when half of the nodes vanish at once, until an operator confirms', async () => {
    const lost = ranking(infoHash).slice(1, 4);
    await Promise.all(lost.map((id) => nodeOf(id).stop()));
    await everySupernode(infoHash, (now) => now.length === 0 || now.length === 1, 'carriers missed');
    const { baseUrl } = network.supernodes[0]!;
    const isDead = async (): Promise<boolean> => {
      const headers = { Authorization: `Bearer ${TOKEN}` };
      const answer = await fetch(`${baseUrl}/admin/v1/healing`, { headers });
      const { deadNodes, isBraked } = (await answer.json()) as { deadNodes: number; isBraked: boolean };
      return deadNodes === 3 && isBraked;
    };
    await until(isDead, { what: 'three dead nodes and the brake', timeoutMs: 15_000 });
    const seen = await carriersAt(baseUrl, infoHash);
    expect(seen.length).to.be.below(2);
    for (const supernode of network.supernodes) await admin(supernode.baseUrl, '/heal');
    const healed = await everySupernode(infoHash, (now) => now.length === 2, 'two carriers again');
    expect(healed.some((id) => lost.includes(id))).to.equal(false);
  });
});
