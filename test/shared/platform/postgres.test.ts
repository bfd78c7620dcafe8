import { expect } from 'chai';
import { failureKind, listen, openPool } from '../../../shared/platform/postgres.ts';
import { need } from '../../helpers/needs.ts';
import { hasPostgres } from '../../helpers/postgres.ts';
import { sharedPostgres } from '../../helpers/shared-postgres.ts';
import { until } from '../../helpers/until.ts';

describe('shared/platform/postgres.ts', () => {
  let url: string;
  let pool: ReturnType<typeof openPool>;
  before(async function () {
    this.timeout(60_000);
    need(this, hasPostgres(), 'PostgreSQL');
    url = await (await sharedPostgres()).database();
  });
  beforeEach(() => {
    pool = openPool(url);
  });
  afterEach(() => pool?.end());

  const failureOf = async (text: string): Promise<string> =>
    pool.query(text).then(
      () => 'none',
      (error: unknown) => failureKind(error),
    );

  it('gives 64-bit integers as numbers and bytes as bytes', async () => {
    const { rows } = await pool.query("select 9007199254740991::bigint as large, '\\x00ff'::bytea as bytes");
    expect(rows).to.deep.equal([{ large: 9_007_199_254_740_991, bytes: Buffer.from('00ff', 'hex') }]);
  });

  it('tells mistakes from what may work when it is tried again, and from a server out of reach', async () => {
    await pool.query('create table one (id bigint primary key)');
    await pool.query('insert into one values (1)');
    expect(await failureOf('select nonsense')).to.equal('other');
    expect(await failureOf('insert into one values (1)')).to.equal('busy');
    expect(await failureOf("do $$ begin raise exception 'x' using errcode = '40001'; end $$")).to.equal('busy');
    expect(await failureOf("do $$ begin raise exception 'x' using errcode = '53300'; end $$")).to.equal('lost');
    expect(await failureOf('begin read only; insert into one values (2)')).to.equal('read-only');
    expect(failureKind(new TypeError('a mistake of ours'))).to.equal('other');
    const nobody = openPool('postgres://127.0.0.1:1/nothing');
    expect(failureKind(await nobody.query('select 1').catch((error: unknown) => error))).to.equal('lost');
    await nobody.end();
  });

  it('survives connections that break while they are used, and replaces them', async () => {
    expect(await failureOf('select pg_terminate_backend(pg_backend_pid())')).to.equal('lost');
    expect((await pool.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('hears notifications, also after the connection broke', async () => {
    let hints = 0;
    const end = listen(url, 'news', () => hints++);
    await until(() => hints === 1);
    await pool.query('notify news');
    await until(() => hints === 2);
    await pool.query("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen news'");
    await until(() => hints === 3);
    await pool.query('notify news');
    await until(() => hints === 4);
    end();
  });
});
