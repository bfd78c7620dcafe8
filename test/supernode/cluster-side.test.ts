// Two supernode processes on one database, as far as one process can show it; test/interop/postgres.test.ts has real ones.

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../../shared/errors.ts';
import { need } from '../helpers/needs.ts';
import { hasPostgres } from '../helpers/postgres.ts';
import { sharedPostgres } from '../helpers/shared-postgres.ts';
import { until } from '../helpers/until.ts';
import { hashOf } from './records.ts';
import { announceQuery, Bench, get } from './running.ts';

const A = hashOf('a');
const SECRET = 'an-operator-s-secret';
const PUBLIC_URL = 'http://127.0.0.1:1';

describe('supernode/cluster-side.ts', function () {
  this.timeout(60_000);
  let bench: Bench;
  let database: string;
  before(async function () {
    need(this, hasPostgres(), 'PostgreSQL');
    await sharedPostgres();
  });
  beforeEach(async () => {
    bench = new Bench();
    database = await (await sharedPostgres()).database();
  });
  afterEach(() => bench?.end());

  const start = (name: string) =>
    bench.supernode({
      database,
      publicUrl: [PUBLIC_URL],
      dataDirectory: join(bench.folder, name),
      adminToken: [`all:${SECRET}`],
    });
  /** Starts one, and another with the key of that. */
  const startTwo = async () => {
    const one = await start('one');
    mkdirSync(join(bench.folder, 'two'));
    copyFileSync(join(bench.folder, 'one', 'key.pem'), join(bench.folder, 'two', 'key.pem'));
    return [one, await start('two')] as const;
  };
  const confirm = (baseUrl: string) =>
    fetch(`${baseUrl}/admin/v1/heal`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${SECRET}`, 'Content-Type': 'application/json' },
      body: '{}',
    });

  it('finds through one process what was told to the other, and sends clients there', async () => {
    const [one, two] = await startTwo();
    expect(two.id).to.equal(one.id);
    const node = await bench.node();
    await bench.join(node, one);
    await bench.register(one, [bench.plant(A)], [node.carry(A)]);
    const location = async () => (await get(two.baseUrl, `/announce?${announceQuery(A)}`)).headers.location;
    await until(async () => (await location())?.startsWith(`${node.url}/`));
    await until(async () => (await bench.client().lookup(two.baseUrl, [A])).items[0]?.plants.length === 1);
    const feeds = await Promise.all(
      [one, two].map(({ baseUrl }) => bench.client().changes(baseUrl, { since: 0, waitSeconds: 0 })),
    );
    expect(feeds[0]).to.deep.equal(feeds[1]);
  });

  it('takes an operator at the word that nodes will not come back, at the process that heals', async () => {
    const [one, two] = await startTwo();
    const status = async () => Promise.all([one, two].map(async ({ baseUrl }) => (await confirm(baseUrl)).status));
    expect(await status()).to.deep.equal([200, 409]);
    await one.stop();
    await until(async () => (await confirm(two.baseUrl)).status === 200);
  });

  it('refuses a process with another key', async () => {
    const { id } = await start('one');
    const error = await start('stranger').catch((reason: unknown) => reason);
    expect(String(error))
      .to.include(`belongs to the supernode ${id}`)
      .and.match(/copy the key\.pem/);
  });

  it('says what is wrong with an address, without saying the address', async () => {
    for (const changes of [
      { database: 'mysql://me:secret@host/x', publicUrl: [PUBLIC_URL] },
      { database: 'secret', publicUrl: [PUBLIC_URL] },
      { database },
    ]) {
      const error = await bench.supernode(changes).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UsageError);
      expect(String(error))
        .to.match(/--database/)
        .and.not.include('secret');
    }
  });
});
