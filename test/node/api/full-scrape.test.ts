import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import express from 'express';
import { LeakyBuckets } from '../../../node/access/leaky-buckets.ts';
import { createFullScrapeRouter } from '../../../node/api/full-scrape.ts';
import { SourceRates } from '../../../node/api/source-rates.ts';
import { handleErrors } from '../../../shared/http/error-handler.ts';
import { createGuard, type Guard } from '../../../shared/http/guard.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { readFailure } from '../../../shared/protocol/messages/failure-message.ts';
import { type BoundServer, serveOnLoopback } from '../../helpers/bound-server.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const TEXT = `${'0'.repeat(40)} 1 2 3\n`.repeat(10_000);

describe('node/api/full-scrape.ts', () => {
  let folder: TemporaryFolder;
  let server: BoundServer;
  let guard: Guard;
  let clock: { at: number; now: () => number };
  let isBroken: boolean;
  beforeEach(async () => {
    folder = new TemporaryFolder();
    clock = { at: 1_000_000, now: () => clock.at };
    isBroken = false;
    const file = folder.write('scrape.gz', gzipSync(TEXT));
    const app = express();
    app.use(
      createFullScrapeRouter({
        get: async (form) => {
          if (isBroken) throw new Error('disk full');
          return {
            file: form === 'text' ? file : folder.write('other.gz', gzipSync('d5:filesdee')),
            expiresAt: clock.at + 90_000,
          };
        },
        rates: new SourceRates({
          buckets: new LeakyBuckets({ capacity: 2, secondsPerUnit: 60, maxBuckets: 64 }, 1),
          per: 'client',
          trustedProxies: new NetworkSet(['127.0.0.1']),
          clock,
        }),
        clock,
      }),
    );
    app.use(handleErrors(createLog({ level: 'silent', role: 'test' })));
    server = await serveOnLoopback(app);
    guard = createGuard({ allowNetworks: [], configuredUrls: [server.url] });
  });
  afterEach(async () => {
    await guard.close();
    await server.close();
    folder.remove();
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    guard.request(server.url + path, { method: 'GET', maxBytes: 2_000_000, headers });

  it('sends the file as it is to who can uncompress it, and says how long it is the newest', async () => {
    const { status, headers, body } = await get('/scrape.txt', { 'accept-encoding': 'gzip' });
    expect(status).to.equal(200);
    expect(headers).to.include({ 'content-encoding': 'gzip', 'content-type': 'text/plain', vary: 'Accept-Encoding' });
    expect(headers).to.include({ 'cache-control': 'max-age=90', 'content-length': String(body.length) });
    expect(body).to.deep.equal(readFileSync(folder.at('scrape.gz')));
    expect(gunzipSync(body).toString()).to.equal(TEXT);
  });

  it('uncompresses it for others', async () => {
    const { headers, body } = await get('/scrape.txt', { 'accept-encoding': 'identity' });
    expect(headers).not.to.have.property('content-encoding');
    expect(body.toString()).to.equal(TEXT);
    expect((await get('/scrape')).body.toString()).to.equal('d5:filesdee');
  });

  it('answers each client seldom, whatever proxy it comes through', async () => {
    const from = (address: string) => get('/scrape', { 'x-forwarded-for': address });
    expect((await from('192.0.2.1')).status).to.equal(200);
    expect((await from('192.0.2.1')).status).to.equal(200);
    const refused = await from('192.0.2.1');
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '60']);
    expect(readFailure(refused.body, 429).code).to.equal('busy');
    expect((await from('192.0.2.2')).status).to.equal(200);
    expect((await from('2001:db8::1')).status).to.equal(200);
    expect((await from('2001:db8::2')).status).to.equal(200);
    expect((await from('2001:db8::3')).status).to.equal(429);
    clock.at += 60_000;
    expect((await from('192.0.2.1')).status).to.equal(200);
  });

  it('says that it failed when there is no file', async () => {
    isBroken = true;
    expect((await get('/scrape')).status).to.equal(500);
    isBroken = false;
    expect((await get('/scrape')).status).to.equal(200);
  });
});
