import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { readFailure } from '../../../shared/protocol/messages/failure-message.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { hashOf, NOW, plantOf, signerOf } from '../plant-records.ts';
import { type ApiServer, NODE, startApiServer } from './api-server.ts';

describe('node/api/app.ts', () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    server.guard.request(server.url + path, { method: 'GET', headers, maxBytes: 65_536 });
  const codeOf = async (path: string): Promise<string> => {
    const { status, body } = await get(path);
    return `${status} ${readFailure(body, status).code}`;
  };

  describe('GET /v2/ping', () => {
    it('signs the challenge, the node record, the head of the catalogue, load and uptime', async () => {
      server.holdings.plant([plantOf(signerOf(1), hashOf(1))], NOW);
      server.clock.at = NOW + 2500;
      const { id, pong, statement } = await server.client.ping(server.url, NODE.id);
      expect(id).to.equal(NODE.id);
      expect(statement).to.deep.include({ urls: ['http://192.0.2.1:6969'], udpPort: 6969, state: 'open' });
      expect(pong.catalogue).to.deep.equal(server.holdings.head());
      expect(pong).to.include({ load: 7, uptimeSeconds: 2 });
    });

    it('keeps its node record for days, then signs a newer one', async () => {
      const first = await server.client.ping(server.url);
      server.clock.at = NOW + 3 * 86_400_000;
      expect((await server.client.ping(server.url)).statement.seq).to.equal(first.statement.seq);
      server.clock.at = NOW + 4 * 86_400_000;
      const error = await server.client.ping(server.url).catch((reason: unknown) => reason);
      // The caller's clock stands still, so the new record is one from the future to it.
      expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes('hour ahead');
    });

    for (const query of ['', '?challenge=', '?challenge=AB', `?challenge=${'a'.repeat(33)}`, challengeTwice()]) {
      it(`refuses ${JSON.stringify(query)}`, async () => {
        expect(await codeOf(`/v2/ping${query}`)).to.equal('400 query');
      });
    }
  });

  describe('GET /v2/catalogue', () => {
    it('gives signed deltas that lead to the root of the head', async () => {
      const planter = signerOf(1);
      server.holdings.plant([plantOf(planter, hashOf(1)), plantOf(planter, hashOf(2))], NOW);
      const full = await server.client.catalogue(server.url, NODE.id, { epoch: '0'.repeat(16), since: 0 });
      expect(full.isReset).to.equal(true);
      server.holdings.plant([plantOf(planter, hashOf(1), { copies: 0, seq: NOW + 1 })], NOW);
      const delta = await server.client.catalogue(server.url, NODE.id, { epoch: full.head.epoch, since: full.next });
      expect(delta).to.deep.include({ isReset: false, isLast: true, added: [], removed: [hashOf(1)] });
      const held = new Catalogue(full.added);
      for (const infoHash of delta.removed) held.remove(infoHash);
      expect(held.root()).to.equal(delta.head.root);
    });

    it('answers a network no more than so many pages at once, with a time to come back', async () => {
      const path = `/v2/catalogue?epoch=${'0'.repeat(16)}&since=0`;
      const small = await startApiServer({ pages: 2 });
      const statuses: number[] = [];
      for (let page = 0; page < 3; page++) statuses.push((await fetch(small.url + path)).status);
      small.clock.at += 1000;
      statuses.push((await fetch(small.url + path)).status);
      await small.close();
      expect(statuses).to.deep.equal([200, 200, 429, 200]);
    });

    for (const query of ['', '?epoch=00&since=0', `?epoch=${'0'.repeat(16)}`, `?epoch=${'0'.repeat(16)}&since=-1`]) {
      it(`refuses ${JSON.stringify(query)}`, async () => {
        expect(await codeOf(`/v2/catalogue${query}`)).to.equal('400 query');
      });
    }
  });

  it('answers what it does not know with 404, what it does not allow with an error in bencoding', async () => {
    expect(await codeOf('/v2/plant')).to.equal('404 not-found');
    expect(await codeOf('/nothing')).to.equal('404 not-found');
  });

  it('says whether it lives and whether it is ready', async () => {
    expect((await get('/health')).body.toString()).to.equal('ok\n');
    expect((await get('/ready')).status).to.equal(200);
    server.state.readiness = 'draining';
    expect((await get('/ready')).status).to.equal(503);
    expect((await get('/health')).status).to.equal(200);
  });

  it('gives its numbers as JSON, or as text to who asks for it', async () => {
    server.holdings.plant([plantOf(signerOf(1), hashOf(1))], NOW);
    const json = await get('/stats');
    expect(json.headers['content-type']).to.match(/^application\/json/);
    expect(JSON.parse(json.body.toString())).to.deep.include({
      software: 'test',
      torrents: 1,
      planted: 1,
      peers: { total: 0, ipv4: { seeders: 0, leechers: 0 }, ipv6: { seeders: 0, leechers: 0 } },
      requests: { announces: 0, scrapes: 0, connects: 0 },
    });
    const text = await get('/stats', { accept: 'text/plain' });
    expect(text.body.toString()).to.include('planted 1\n');
  });

  it('shows them as a page to browsers', async () => {
    server.holdings.plant([plantOf(signerOf(1), hashOf(1))], NOW);
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const { headers, body } = await get('/stats', { accept });
    expect(headers['content-type']).to.match(/^text\/html/);
    expect(body.toString()).to.include('<th scope="row">planted</th><td>1</td>');
  });

  it('gives metrics to this machine, to whom a token lets read, and to nobody else', async () => {
    server.traffic.countAnnounce(6);
    await get('/nothing');
    const { status, headers, body } = await get('/metrics');
    expect([status, headers['content-type']]).to.deep.equal([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body.toString())
      .to.include('anatomic_node_announces_total{protocol="udp",family="ipv6"} 1\n')
      .and.include('anatomic_node_answers_total{route="other",status="404"} 1\n');
    const forwarded = { 'x-forwarded-for': '127.0.0.1' };
    expect((await get('/metrics', forwarded)).status).to.equal(403);
    const bearer = (secret: string) => ({ ...forwarded, authorization: `Bearer ${secret}` });
    expect((await get('/metrics', bearer('read-read-read-read'))).status).to.equal(200);
    expect((await get('/metrics', bearer('stop-stop-stop-stop'))).status).to.equal(403);
  });

  it('lists the torrents with the most peers for operators', async () => {
    expect((await get('/stats/top')).body.toString()).to.equal('[]');
    expect((await get('/stats/top', { 'x-forwarded-for': '127.0.0.1' })).status).to.equal(403);
  });

  it('refuses a scrape of everything as a tracker does, with status 200', async () => {
    const { status, body } = await get('/scrape');
    expect([status, body]).to.deep.equal([200, REFUSALS.noScrapeHashes.httpBody]);
    expect(await codeOf('/scrape.txt')).to.equal('404 not-found');
  });

  it('explains itself on a page that needs nothing from elsewhere', async () => {
    const { headers, body } = await get('/');
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(headers['content-security-policy']).to.equal("default-src 'none';frame-ancestors 'none'");
    expect(headers).not.to.have.any.keys('strict-transport-security', 'x-powered-by');
    expect(body.toString()).to.include(NODE.id).and.include('/announce');
  });
});

function challengeTwice(): string {
  const challenge = `challenge=${'ab'.repeat(16)}`;
  return `?${challenge}&${challenge}`;
}
