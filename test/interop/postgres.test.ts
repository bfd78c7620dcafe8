// One supernode of two real processes on one PostgreSQL, another one on SQLite, and nodes: the process that leads is killed,
// a node dies, and PostgreSQL goes away and comes back.

import { copyFileSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createGuard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { openMember } from '../../supernode/directory/entry.ts';
import { startAnatomic } from '../helpers/anatomic.ts';
import { CuttableProxy } from '../helpers/cuttable-proxy.ts';
import { need } from '../helpers/needs.ts';
import { hasPostgres, TestPostgres } from '../helpers/postgres.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { until } from '../helpers/until.ts';
import { hashOf } from '../supernode/records.ts';
import { announceQuery, get } from '../supernode/running.ts';

const NETWORK = ['--host', '127.0.0.1', '--allow-network', '127.0.0.0/8'];
const QUICK = ['--probe-interval', '200ms', '--dead-after', '1500ms', '--heal-delay', '500ms'];
const NODES = 4;
/** Each over a connection of its own, of whose ports a machine has some ten thousand. */
const ANNOUNCE_EVERY_MS = 10;
const LIMIT = { timeoutMs: 30_000 };

interface Member {
  readonly url: string;
  readonly process: RunningProcess;
}

describe('a supernode of two processes on one PostgreSQL', () => {
  const folder = new TemporaryFolder();
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  const planter = createSigner();
  const callers = { guard, signer: planter, clock: systemClock, random: systemRandom };
  const client = new SupernodeClient(callers);
  const nodeClient = new NodeClient(callers);
  const started: RunningProcess[] = [];
  let postgres: TestPostgres;
  /** Stands before the two. */
  let balancer: CuttableProxy;
  let pair: Member[];
  let other: Member;
  let nodes: Member[];

  before(async function () {
    need(this, hasPostgres(), 'PostgreSQL');
    postgres = await TestPostgres.start();
    const database = await postgres.database();
    other = await start('supernode', 'other', ['--http-port', '0', '--probe-interval', '200ms', '--dead-after', '1d']);
    balancer = await CuttableProxy.start();
    pair = [];
    for (const index of [0, 1]) {
      const flags = ['--http-port', '0', '--supernode', other.url, '--public-url', balancer.url, ...QUICK];
      pair.push(await start('supernode', `process-${index}`, flags, { ANATOMIC_DATABASE: database }));
      mkdirSync(folder.at('process-1'), { recursive: true });
      if (index === 0) copyFileSync(folder.at('process-0', 'key.pem'), folder.at('process-1', 'key.pem'));
    }
    balanceTo(pair[0]!);
    const named = ['--supernode', balancer.url, '--supernode', other.url];
    const starts = Array.from({ length: NODES }, (_, index) => {
      return start('node', `node-${index}`, ['--http-port', '0', '--udp-port', '0', ...named]);
    });
    nodes = await Promise.all(starts);
    for (const { url } of [...pair, other]) await until(async () => (await upNodes(url)) === NODES, LIMIT);
  });
  after(async () => {
    await Promise.all(started.map((process) => process.stop()));
    await postgres?.[Symbol.asyncDispose]();
    await balancer?.close();
    await guard.close();
    folder.remove();
  });

  it('finds through one process at once what was planted through the other', async () => {
    const infoHash = await plant('first', pair[0]!);
    await until(async () => (await carriers(pair[1]!.url, infoHash)).length === 2, LIMIT);
    expect(await redirect(pair[1]!.url, infoHash)).to.match(/^http:/);
    const again = await plant('second', pair[1]!);
    await until(async () => (await carriers(pair[0]!.url, again)).length === 2, LIMIT);
  });

  it('follows and heals on when the process that leads is killed', async () => {
    const leading = await until(() => leader(), LIMIT);
    const healed = await plant('healed', leading);
    const rest = pair.find((one) => one !== leading)!;
    await until(async () => (await carriers(rest.url, healed)).length === 2, LIMIT);
    const watch = watchRedirects(rest.url, healed);
    await leading.process.stop('SIGKILL');
    balanceTo(rest);
    const killedAt = performance.now();

    const elsewhere = await plant('told to another supernode', other);
    await until(
      async () => (await carriers(rest.url, elsewhere)).length === 2 && (await plants(rest.url, elsewhere)) === 1,
      LIMIT,
    );
    const tookMs = performance.now() - killedAt;
    console.log(`      another process read feeds ${(tookMs / 1000).toFixed(1)} s after the kill, target 10 s`);

    const [dead] = await carriers(rest.url, healed);
    const { asked, missed } = await watch.end();
    console.log(`      ${asked} announces to it meanwhile, each sent to a carrier`);
    expect(missed).to.equal(0);

    await nodes.find(({ url }) => url === dead)!.process.stop('SIGKILL');
    await until(async () => (await carriers(rest.url, healed)).filter((url) => url !== dead).length === 2, LIMIT);
    pair = [rest];
  });

  it('answers from memory while PostgreSQL is away, refuses plants until it is back, and then goes on', async () => {
    const [{ url }] = pair as [Member];
    const infoHash = await plant('before', pair[0]!);
    await postgres.stop();
    await until(async () => (await get(url, '/ready')).status === 503, LIMIT);
    expect(await redirect(url, infoHash)).to.match(/^http:/);
    expect(await carriers(url, infoHash)).to.have.length(2);
    const refused = await plant('too early', pair[0]!).catch((error: unknown) => error);
    expect(refused).to.include({ code: 'database', status: 503 });
    expect((refused as { retrySeconds: number }).retrySeconds).to.be.above(0);

    await postgres.startAgain();
    await until(async () => (await get(url, '/ready')).status === 200, LIMIT);
    const late = await plant('late', pair[0]!);
    expect(await carriers(url, late)).to.have.length(2);
    await until(async () => (await plants(other.url, late)) === 1, LIMIT);
  });

  function balanceTo({ url }: Member): void {
    balancer.targetPort = Number(new URL(url).port);
  }

  async function start(
    role: 'node' | 'supernode',
    name: string,
    flags: readonly string[],
    environment = {},
  ): Promise<Member> {
    const args = [role, ...NETWORK, '--data-directory', folder.at(name), ...flags];
    const process = startAnatomic(args, { environment });
    started.push(process);
    const [, url = ''] = await process.line(/^listening (http:\S+)\/announce$/);
    return { url, process };
  }

  /** Plants twice with the help of one process, and tells that one alone. */
  async function plant(name: string, { url }: Member): Promise<InfoHash> {
    const infoHash = hashOf(name);
    const { id } = await client.ping(url);
    const { allocation, nodes: allocated } = await client.allocate(url, id, { infoHash, copies: 2 });
    const statement = { infoHash, copies: 2, seq: Date.now(), ttlSeconds: 3600 };
    const records = [plantRecord.sign(statement, planter).bytes];
    const call = {
      plants: records,
      allocations: [allocation.record.bytes],
      carriers: allocated.map(({ record }) => record.bytes),
    };
    const answers = allocated
      .slice(0, 2)
      .map(({ record, value }) => nodeClient.plant(value.urls[0]!, record.author, call));
    const receipts = (await Promise.all(answers)).flatMap(({ items }) => items[0]?.receipt ?? []);
    await client.register(url, id, { plants: records, receipts });
    return infoHash;
  }

  /** URLs of the carriers that answer. */
  async function carriers(url: string, infoHash: InfoHash): Promise<string[]> {
    const { items, nodes: records } = await client.lookup(url, [infoHash]);
    const up = items[0]!.carriers.filter(({ state }) => state === 'up').map(({ node }) => node);
    const members = records.map((bytes) => openMember(bytes, Date.now()));
    return members.filter(({ author }) => up.includes(author)).map(({ statement }) => statement.urls[0]!);
  }

  async function plants(url: string, infoHash: InfoHash): Promise<number> {
    return (await client.lookup(url, [infoHash])).items[0]!.plants.length;
  }

  async function redirect(url: string, infoHash: InfoHash): Promise<string | undefined> {
    return (await get(url, `/announce?${announceQuery(infoHash)}`)).headers.location;
  }

  /** Announces again and again until the end; counts those that were not sent to a carrier. */
  function watchRedirects(url: string, infoHash: InfoHash) {
    let [asked, missed, isOver] = [0, 0, false];
    const watching = (async () => {
      while (!isOver) {
        asked++;
        if ((await redirect(url, infoHash).catch(() => undefined)) === undefined) missed++;
        await sleep(ANNOUNCE_EVERY_MS);
      }
    })();
    return {
      end: async () => {
        isOver = true;
        await watching;
        return { asked, missed };
      },
    };
  }

  async function upNodes(url: string): Promise<number> {
    const { nodes: counts } = JSON.parse((await get(url, '/health')).body.toString()) as { nodes: { up: number } };
    return counts.up;
  }

  async function leader(): Promise<Member | undefined> {
    for (const member of pair) {
      const metrics = (await get(member.url, '/metrics')).body.toString();
      if (metrics.includes('anatomic_supernode_leading 1')) return member;
    }
    return undefined;
  }
});
