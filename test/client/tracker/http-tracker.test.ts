import { expect } from 'chai';
import type { TrackerClient } from '../../../client/tracker/tracker-client.ts';
import { bodyOf, type ScriptedTracker, sendBody, startHttpTracker } from '../../helpers/scripted-trackers.ts';
import { CALL, failureOf, openClient } from './call.ts';

const GOOD = 'd8:completei0e10:incompletei1e8:intervali1800e5:peers0:e';

describe('client/tracker/http-tracker.ts', () => {
  let opened: AsyncDisposableStack;

  beforeEach(() => {
    opened = new AsyncDisposableStack();
  });
  afterEach(() => opened.disposeAsync());

  async function script(...answer: Parameters<typeof startHttpTracker>): Promise<ScriptedTracker<string>> {
    return opened.use(await startHttpTracker(...answer));
  }
  function open(...options: Parameters<typeof openClient>): TrackerClient {
    return opened.adopt(openClient(...options), (client) => client.close());
  }

  it('announces and scrapes, and keeps what the query of the URL says', async () => {
    const tracker = await script((target, response) =>
      sendBody(response, target.startsWith('/scrape') ? 'd5:filesdee' : GOOD),
    );
    const client = open(`${tracker.url}?pass=k#x`);
    expect(await client.announce(CALL)).to.deep.include({ kind: 'announced', intervalSeconds: 1800, oddities: [] });
    expect(await client.scrape!([CALL.infoHash])).to.deep.include({ kind: 'scraped', counts: [undefined] });
    expect(tracker.questions[0]).to.match(/^\/announce\?pass=k&info_hash=(%ab){20}&peer_id=/);
    expect(tracker.questions[1]).to.match(/^\/scrape\?pass=k&info_hash=(%ab){20}$/);
  });

  it('asks the address it was given, whatever the name resolves to', async () => {
    const tracker = await script(bodyOf(GOOD));
    const url = tracker.url.replace('127.0.0.1', 'tracker.invalid');
    expect(await open(url).announce(CALL)).to.include({ kind: 'announced' });
  });

  it('follows redirects, and says where they led', async () => {
    const tracker = await script((target, response) => {
      if (target.startsWith('/elsewhere')) sendBody(response, GOOD);
      else response.writeHead(302, { Location: target.replace('/announce', '/elsewhere') }).end();
    });
    const reply = await open(tracker.url).announce(CALL);
    expect(reply.redirects).to.deep.equal([tracker.url.replace('announce', 'elsewhere')]);
    expect(tracker.questions[1]).to.match(/^\/elsewhere\?info_hash=(%ab){20}&/);
  });

  it('gives up on a circle of redirects', async () => {
    const tracker = await script((target, response) => void response.writeHead(307, { Location: target }).end());
    expect(await failureOf(open(tracker.url).announce(CALL))).to.include({ code: 'broken' });
    expect(tracker.questions).to.have.length(4);
  });

  it('goes to private addresses by redirect only where that is allowed', async () => {
    const carrier = await script(bodyOf(GOOD));
    const tracker = await script((_target, response) => void response.writeHead(302, { Location: carrier.url }).end());
    const refused = await failureOf(open(tracker.url).announce(CALL));
    expect(refused).to.deep.include({ code: 'unreachable' });
    expect(refused.message).to.include('--allow-network 127.0.0.0/8');
    const client = open(tracker.url, { allowNetworks: ['127.0.0.0/8'] });
    expect(await client.announce(CALL)).to.include({ kind: 'announced' });
  });

  it('notes a status other than 200 and a body without length', async () => {
    const tracker = await script((_target, response) => void response.writeHead(400).end('d14:failure reason2:noe'));
    const reply = await open(tracker.url).announce(CALL);
    expect(reply).to.include({ kind: 'refused', reason: 'no' });
    const chunked = await script((_target, response) => {
      response.write(GOOD.slice(0, 5));
      response.end(GOOD.slice(5));
    });
    expect((await open(chunked.url).announce(CALL)).oddities).to.deep.equal(['no Content-Length']);
    expect(reply.oddities[0]).to.include('status 400');
  });

  it('tells an answer that is none, with its beginning', async () => {
    const tracker = await script((_target, response) => void response.writeHead(404).end(`<html>${'x'.repeat(100)}`));
    const { code, message } = await failureOf(open(tracker.url).announce(CALL));
    expect(code).to.equal('broken');
    expect(message).to.match(/^status 404, malformed bencoding at byte 0: not bencoding, in "<html>x+"\.\.\.$/);
  });

  it('waits no longer than the timeout, redirects included', async () => {
    const tracker = await script(() => {});
    expect(await failureOf(open(tracker.url, { timeoutMs: 40 }).announce(CALL))).to.include({ code: 'silent' });
  });

  it('tells that nothing listens', async () => {
    const gone = await startHttpTracker(() => {});
    await gone[Symbol.asyncDispose]();
    expect(await failureOf(open(gone.url).announce(CALL))).to.include({ code: 'unreachable' });
  });

  it('has no scrape when the path does not end in announce (BEP 48)', () => {
    for (const [path, hasScrape] of [
      ['/announce', true],
      ['/x/announce.php', true],
      ['/a', false],
      ['/announce/key', false],
      ['/', false],
    ] as const) {
      expect(open(`http://127.0.0.1:1${path}`).scrape !== undefined, path).to.equal(hasScrape);
    }
  });
});
