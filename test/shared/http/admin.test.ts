import { expect } from 'chai';
import express from 'express';
import { z } from 'zod';
import { PublicError } from '../../../shared/errors.ts';
import { ADMIN_PATH, adminGet, adminPost, createAdminRouter } from '../../../shared/http/admin.ts';
import { OperatorNetworks, OperatorTokens } from '../../../shared/http/operators.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { type BoundServer, serveOnLoopback } from '../../helpers/bound-server.ts';

const READ = 'read-read-read-read';
const ACCESS = 'access-access-access';

describe('shared/http/admin.ts', () => {
  let server: BoundServer;
  let lines: string[];
  before(async () => {
    const app = express();
    const destination = { write: (line: string) => void lines.push(line) };
    const routes = [
      adminGet('/look', 'read', () => ({ seen: 1 })),
      adminPost('/take', 'access', z.strictObject({ names: z.array(z.string()).min(1) }), ({ names }) => names),
      adminPost('/nothing', 'access', z.strictObject({}), async () => undefined),
      adminPost('/fail', 'access', z.strictObject({}), () => {
        throw new PublicError('conflict', 'not now', { status: 409, retrySeconds: 5 });
      }),
      adminPost('/break', 'access', z.strictObject({}), () => {
        throw new TypeError('inner workings');
      }),
    ];
    const options = {
      tokens: new OperatorTokens([`read:${READ}`, `access:${ACCESS}`]),
      networks: new OperatorNetworks([], new NetworkSet([])),
      routes,
      log: createLog({ level: 'info', role: 'test', destination }),
    };
    app.use(ADMIN_PATH, createAdminRouter(options));
    server = await serveOnLoopback(app);
  });
  after(() => server.close());
  beforeEach(() => {
    lines = [];
  });

  async function ask(path: string, secret?: string, init: { method?: string; body?: string; headers?: object } = {}) {
    const headers = {
      ...(secret === undefined ? {} : { Authorization: `Bearer ${secret}` }),
      ...(init.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...init.headers,
    };
    const { method = 'POST', body = null } = init;
    const response = await fetch(server.url + ADMIN_PATH + path, { method, body, headers });
    return {
      status: response.status,
      headers: response.headers,
      json: (await response.json().catch(() => undefined)) as unknown,
    };
  }

  it('answers in JSON that nobody keeps', async () => {
    const { status, headers, json } = await ask('/look', READ, { method: 'GET' });
    expect([status, json]).to.deep.equal([200, { seen: 1 }]);
    expect(headers.get('content-type')).to.match(/^application\/json/);
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('does nothing without a token, and not with one of another scope', async () => {
    const without = await ask('/take', undefined, { body: '{"names":["a"]}' });
    expect([without.status, without.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer']);
    expect(without.json).to.have.property('code', 'unauthorized');
    const wrong = await ask('/take', READ, { body: '{"names":["a"]}' });
    expect([wrong.status, wrong.json]).to.deep.equal([
      403,
      { code: 'forbidden', message: 'the token does not have the scope access' },
    ]);
    expect(lines).to.deep.equal([]);
  });

  it('is not there for who calls from elsewhere, token or not', async () => {
    const { status } = await ask('/look', READ, { method: 'GET', headers: { 'X-Forwarded-For': '127.0.0.1' } });
    expect(status).to.equal(404);
  });

  it('logs who asked for what, without the secret', async () => {
    await ask('/nothing', ACCESS);
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0]!))
      .to.include({ path: '/nothing' })
      .and.to.have.property('operator')
      .that.matches(/^[0-9a-f]{8}$/);
    expect(lines[0]).not.to.include(ACCESS);
  });

  it('takes a body of the right shape, and none where nothing is to be said', async () => {
    expect((await ask('/take', ACCESS, { body: '{"names":["a","b"]}' })).json).to.deep.equal(['a', 'b']);
    expect((await ask('/nothing', ACCESS)).json).to.deep.equal({});
    expect((await ask('/nothing', ACCESS, { body: '{}' })).status).to.equal(200);
  });

  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"names":[]}',
    '{"names":"a"}',
    '{"names":["a"],"more":1}',
    '{"names":[1]}',
  ]) {
    it(`refuses the body ${JSON.stringify(body)}`, async () => {
      const { status, json } = await ask('/take', ACCESS, { body });
      expect(status).to.equal(400);
      expect(json).to.have.keys('code', 'message');
    });
  }

  it('refuses a body beyond its limit, and one that is no JSON', async () => {
    const long = JSON.stringify({ names: ['x'.repeat(300_000)] });
    expect((await ask('/take', ACCESS, { body: long })).status).to.equal(413);
    expect(
      (await ask('/take', ACCESS, { body: 'names=a', headers: { 'Content-Type': 'text/plain' } })).status,
    ).to.equal(400);
  });

  it('tells what went wrong, but nothing of its inner workings', async () => {
    const failed = await ask('/fail', ACCESS);
    expect([failed.status, failed.json, failed.headers.get('retry-after')]).to.deep.equal([
      409,
      { code: 'conflict', message: 'not now' },
      '5',
    ]);
    const broken = await ask('/break', ACCESS);
    expect([broken.status, broken.json]).to.deep.equal([500, { code: 'internal', message: 'internal error' }]);
    expect((await ask('/unknown', ACCESS)).status).to.equal(404);
    expect((await ask('/take', ACCESS, { method: 'GET' })).status).to.equal(404);
  });
});
