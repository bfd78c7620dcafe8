import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import type { SourceGate } from '../../../node/access/source-gate.ts';
import { type HttpListenerOptions, startHttpListener } from '../../../node/listeners/http.ts';
import { loadAddon } from '../../../node/native/addon.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import type { HttpListener } from '../../../shared/http/door/http-door.ts';
import { formatAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import type {
  AnnounceAnswer,
  AnnounceRequest,
  ScrapeCounts,
} from '../../../shared/protocol/tracker/tracker-messages.ts';
import { need } from '../../helpers/needs.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';

const QUERY = 'info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb';

/** Remembers who asked, and answers with the asker's port as the number of seeders. */
class EchoTracker {
  readonly askers: string[] = [];
  readonly times: number[] = [];

  announce(request: AnnounceRequest, answer: AnnounceAnswer, nowSeconds: number): undefined {
    this.askers.push(formatAddress(request.address, request.family));
    this.times.push(nowSeconds);
    Object.assign(answer, { seeders: request.port, intervalSeconds: 1800, minIntervalSeconds: 900 });
    answer.peers4Count = request.numwant;
  }

  expect(): void {}

  scrape(hash: Buffer, offset: number, into: ScrapeCounts): void {
    into.seeders = hash[offset]!;
  }
}

function control(request: IncomingMessage, response: ServerResponse): void {
  const body = `${request.method} ${request.url}`;
  response.writeHead(200, { 'Content-Length': body.length });
  response.end(body);
}

function announce(port: number, headers = 'Host: x\r\n', version = '1.1'): string {
  return `GET /announce?${QUERY}&port=${port}&numwant=0 HTTP/${version}\r\n${headers}\r\n`;
}

describeHttp('sockets of Node.js', false);
describeHttp('batches of the addon', true);
describeHttp('batches in two threads', true, 2);

function describeHttp(name: string, native: boolean, workers = 1): void {
  describe(`node/listeners/http.ts with ${name}`, () => {
    const nowMs = 1_800_000_000_999;
    let tracker: EchoTracker;
    let listener: HttpListener;
    let clients: RawHttp[];

    async function start(options: Partial<HttpListenerOptions> = {}): Promise<void> {
      const clock = { now: (): number => nowMs };
      const place = { host: '127.0.0.1', port: 0, native, workers };
      listener = await startHttpListener({ tracker, clock, control, ...place, ...options });
    }

    async function open(localAddress = '127.0.0.1'): Promise<RawHttp> {
      const client = await RawHttp.connect(listener.port, { localAddress });
      clients.push(client);
      return client;
    }

    async function seeders(client: RawHttp): Promise<number> {
      const { head, body } = await client.response();
      expect(head).to.match(/^HTTP\/1.1 200 OK\r\n/);
      return Number(/^d8:completei(\d+)e/.exec(body.toString('latin1'))?.[1]);
    }

    before(function () {
      if (native)
        need(this, loadAddon() !== undefined, 'the addon that npm run build makes where there is a C compiler');
    });

    beforeEach(() => {
      tracker = new EchoTracker();
      clients = [];
    });

    afterEach(async () => {
      for (const client of clients) client.socket.destroy();
      await listener.close(0);
    });

    describe('answers', () => {
      beforeEach(() => start());

      it('tells its port, announce URL and kind', () => {
        expect(listener.isNative).to.equal(native);
        expect(listener.url).to.equal(`http://127.0.0.1:${listener.port}/announce`);
        expect(listener.port).to.be.above(0);
      });

      it('announces with small fixed headers and a Content-Length, over and over on one connection', async () => {
        const client = await open();
        for (let port = 1; port <= 3; port++) {
          client.send(announce(port));
          const { head, body } = await client.response();
          expect(head).to.equal(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}`);
          expect(body.toString('latin1')).to.match(new RegExp(`^d8:completei${port}e.*5:peers0:e$`));
        }
        expect(tracker.askers).to.deep.equal(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
        expect(tracker.times[0]).to.equal(1_800_000_000);
      });

      it('answers what real clients send first', async () => {
        const lines = readFileSync(new URL('../../fixtures/first-requests.txt', import.meta.url), 'latin1').split('\n');
        for (const line of lines.filter((text) => text.includes('\t'))) {
          const client = await open();
          client.send(`${line.slice(line.indexOf('\t') + 1)}\r\n\r\n\0`);
          expect(await seeders(client), line).to.equal(Number(/&port=(\d+)/.exec(line)![1]));
          if (line.endsWith('/1.0')) await client.closed;
        }
      });

      it('scrapes up to 64 hashes, and refuses a scrape without any', async () => {
        const client = await open();
        client.send('GET /scrape?info_hash=bbbbbbbbbbbbbbbbbbbb&info_hash=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n\r\n');
        const entry = (letter: string): string =>
          `20:${letter.repeat(20)}d8:completei${letter.charCodeAt(0)}e10:downloadedi0e10:incompletei0ee`;
        expect((await client.response()).body.toString()).to.equal(`d5:filesd${entry('a')}${entry('b')}ee`);
        client.send('GET /scrape? HTTP/1.1\r\n\r\n');
        expect((await client.response()).body).to.deep.equal(REFUSALS.noScrapeHashes.httpBody);
        client.send(
          `GET /scrape?${Array.from({ length: 65 }, (_, i) => `info_hash=${`%${(i + 16).toString(16)}`.repeat(20)}`).join('&')} HTTP/1.1\r\n\r\n`,
        );
        expect((await client.response()).body).to.deep.equal(REFUSALS.tooManyHashes.httpBody);
      });

      it('refuses with status 200 and keeps the connection', async () => {
        const client = await open();
        client.send('GET /announce HTTP/1.1\r\n\r\n');
        const { head, body } = await client.response();
        expect(head).to.match(/^HTTP\/1.1 200 /);
        expect(body).to.deep.equal(REFUSALS.badInfoHash.httpBody);
        client.send(announce(5));
        expect(await seeders(client)).to.equal(5);
      });

      it('answers targets in absolute form, on connections of the control plane too', async () => {
        const client = await open();
        const absolute = announce(7).replace('/announce', 'http://tracker.example/announce');
        client.send(absolute);
        expect(await seeders(client)).to.equal(7);
        client.send(`GET http://tracker.example/stats HTTP/1.1\r\nHost: x\r\n\r\n${absolute}`);
        expect((await client.response()).body.toString()).to.equal('GET http://tracker.example/stats');
        expect(await seeders(client)).to.equal(7);
      });

      it('answers a request that comes byte by byte', async () => {
        const client = await open();
        client.socket.setNoDelay(true);
        for (const character of announce(77)) client.socket.write(character, 'latin1');
        expect(await seeders(client)).to.equal(77);
      });

      it('answers pipelined requests in order, also one cut in two', async () => {
        const client = await open();
        const second = announce(2);
        client.send(announce(1) + second.slice(0, 30));
        expect(await seeders(client)).to.equal(1);
        client.send(second.slice(30) + announce(3) + announce(4));
        expect([await seeders(client), await seeders(client), await seeders(client)]).to.deep.equal([2, 3, 4]);
      });

      it('answers more pipelined requests than fit its buffers, to a client that reads late', async () => {
        const client = await open();
        client.socket.pause();
        const count = 3000;
        for (let i = 1; i <= count; i++) client.send(`GET /announce?${QUERY}&port=${i}&numwant=200 HTTP/1.1\r\n\r\n`);
        client.socket.resume();
        for (let i = 1; i <= count; i++) expect(await seeders(client)).to.equal(i);
      });

      it('closes after the answer when asked to, and with HTTP/1.0', async () => {
        for (const text of [
          announce(1, 'Connection: close\r\n'),
          announce(1, '', '1.0'),
          announce(1, 'Connection: keep-alive\r\n', '1.0'),
        ]) {
          const client = await open();
          client.send(text + announce(2));
          const { head } = await client.response();
          expect(head).to.contain('\r\nConnection: close\r\n');
          await client.closed;
          expect(client.unread).to.equal('');
        }
      });

      it('takes bytes behind the last request without resetting the connection', async () => {
        const client = await open();
        client.send(`${announce(1, '', '1.0')}\0`);
        expect(await seeders(client)).to.equal(1);
        await client.closed;
        expect(client.socket.errored).to.equal(null);
      });

      it('refuses and closes when an announce has a body', async () => {
        const client = await open();
        client.send(announce(1, 'Content-Length: 3\r\n').concat('abc'));
        expect((await client.response()).body).to.deep.equal(REFUSALS.badRequest.httpBody);
        await client.closed;
        expect(tracker.askers).to.deep.equal([]);
      });

      it('drops a connection whose head grows beyond its limit', async () => {
        const client = await open();
        client.send(`GET /announce?${'x'.repeat(9000)}`);
        await client.closed;
        expect(client.unread).to.equal('');
      });

      it('ignores the address that a client claims', async () => {
        const client = await open('127.0.0.7');
        client.send(announce(1, 'X-Forwarded-For: 6.6.6.6\r\n').replace('?', '?ip=6.6.6.6&'));
        await client.response();
        expect(tracker.askers).to.deep.equal(['127.0.0.7']);
      });
    });

    describe('hands over', () => {
      beforeEach(() => start());

      it('everything else to the control plane, however it is cut', async () => {
        const client = await open();
        for (const part of ['G', 'ET /stats HTT', 'P/1.1\r\nHost: x\r\n', '\r\n']) client.send(part);
        expect((await client.response()).body.toString()).to.equal('GET /stats');
        client.send('POST /v2/plant HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc');
        expect((await client.response()).body.toString()).to.equal('POST /v2/plant');
      });

      it('a connection on which clients have announced, in order', async () => {
        const client = await open();
        client.send(`${announce(1)}${announce(2)}GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n`);
        expect([await seeders(client), await seeders(client)]).to.deep.equal([1, 2]);
        expect((await client.response()).body.toString()).to.equal('GET /a');
        expect((await client.response()).body.toString()).to.equal('GET /b');
      });

      it('and announces and scrapes there too, as a proxy mixes them', async () => {
        const client = await open();
        client.send(`GET /stats HTTP/1.1\r\nHost: x\r\n\r\n${announce(9)}`);
        await client.response();
        const { head, body } = await client.response();
        expect(head).to.match(/^HTTP\/1.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: /);
        expect(body.toString('latin1')).to.match(/^d8:completei9e/);
        expect(tracker.askers).to.deep.equal(['127.0.0.1']);
        client.send('GET /scrape? HTTP/1.1\r\nHost: x\r\n\r\n');
        expect((await client.response()).body).to.deep.equal(REFUSALS.noScrapeHashes.httpBody);
        for (const target of ['POST /announce', 'GET /announcer', 'GET /scrapes?x', 'GET /scrape']) {
          client.send(`${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
          expect((await client.response()).body.toString()).to.equal(target);
        }
      });

      it('garbage, which is answered with status 400', async () => {
        const client = await open();
        client.send('\x16\x03\x01\x02\x00\x01\x00');
        await client.closed;
        expect(client.unread).to.match(/^HTTP\/1.1 400 /);
      });
    });

    describe('limits', () => {
      it('connections per address', async () => {
        await start({ limits: { maxConnectionsPerClient: 2 } });
        const [first, second, third] = [await open(), await open(), await open()];
        // The addon sees a connection once something is asked on it.
        first.send('G');
        second.send('G');
        await until(() => listener.stats.connections === 2);
        third.send('G');
        await third.closed;
        expect(listener.stats).to.deep.equal({ connections: 2, refusedConnections: 1 });
        const other = await open('127.0.0.2');
        other.send(announce(1));
        expect(await seeders(other)).to.equal(1);
        first.socket.destroy();
        await until(() => listener.stats.connections === 2);
        const next = await open();
        next.send(announce(1));
        expect(await seeders(next)).to.equal(1);
      });

      it('connections per address that are kept after an announce', async () => {
        await start({ limits: { maxConnectionsPerClient: 2 } });
        const [first, second, third] = [await open(), await open(), await open()];
        for (const client of [first, second, first]) {
          client.send(announce(1));
          expect(await seeders(client)).to.equal(1);
        }
        third.send(announce(2));
        await third.closed;
        expect(listener.stats).to.deep.equal({ connections: 2, refusedConnections: 1 });
        first.socket.end();
        await until(() => listener.stats.connections === 1);
        const next = await open();
        next.send(announce(3));
        expect(await seeders(next)).to.equal(3);
        expect(listener.stats.connections).to.equal(2);
      });

      it('connections in all', async () => {
        await start({ limits: { maxConnections: 1 } });
        const first = await open();
        first.send(announce(1));
        await first.response();
        const second = await open();
        second.send('G');
        await second.closed;
        expect(listener.stats).to.deep.equal({ connections: 1, refusedConnections: 1 });
      });

      it('the time for a head, though bytes keep coming', async () => {
        let now = 0;
        const clock = { now: (): number => now };
        await start({ clock, limits: { headTimeoutMs: 40, idleTimeoutMs: 1000 } });
        const client = await open();
        client.send(announce(1));
        await client.response();
        client.send('GET /announce?');
        client.send(announce(2).slice(14));
        await client.response();
        client.send(`${announce(3)}GET /ann`);
        await client.response();
        now += 41;
        client.send('ounce?');
        await client.closed;
        expect(tracker.askers).to.have.length(3);
      });

      it('the time and the length of a head of the control plane', async () => {
        await start({ limits: { headTimeoutMs: 40 } });
        const late = await open();
        late.send('GET /stats HTTP/1.1\r\n');
        await late.closed;
        expect(late.unread).to.match(/^HTTP\/1\.1 408 /);
        const long = await open();
        long.send(`GET /stats HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(16 * 1024)}\r\n\r\n`);
        await long.closed;
        expect(long.unread).to.match(/^HTTP\/1\.1 431 /);
      });

      it('the time without a request', async () => {
        let now = 0;
        const clock = { now: (): number => now };
        await start({ clock, limits: { headTimeoutMs: 40, idleTimeoutMs: 1000 } });
        const client = await open();
        client.send(announce(1));
        await client.response();
        now += 1001;
        await client.closed;
      });
    });

    describe('behind a proxy', () => {
      const trustedProxies = new NetworkSet(['127.0.0.8/32', '10.0.0.0/8']);

      it('believes trusted ones, from right to left', async () => {
        await start({ trustedProxies });
        const client = await open('127.0.0.8');
        client.send(announce(1, 'X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.1.1\r\n'));
        client.send(announce(1, 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 2001:db8::5\r\n'));
        client.send(announce(1, ''));
        client.send(announce(1, 'X-Forwarded-For: junk\r\n'));
        client.send(
          `GET /stats HTTP/1.1\r\nHost: x\r\n\r\n${announce(1, 'Host: x\r\nX-Forwarded-For: 192.0.2.9\r\n')}`,
        );
        for (let i = 0; i < 6; i++) await client.response();
        expect(tracker.askers).to.deep.equal(['192.0.2.1', '2001:db8::5', '127.0.0.8', '127.0.0.8', '192.0.2.9']);
      });

      it('does not believe others', async () => {
        await start({ trustedProxies });
        const client = await open('127.0.0.9');
        client.send(announce(1, 'X-Forwarded-For: 6.6.6.6\r\n'));
        await client.response();
        expect(tracker.askers).to.deep.equal(['127.0.0.9']);
      });
    });

    describe('behind a proxy that speaks the PROXY protocol', () => {
      const trustedProxies = new NetworkSet(['127.0.0.8/32']);
      const limits = { headTimeoutMs: 200 };
      beforeEach(() => start({ trustedProxies, isBehindProxyProtocol: true, limits }));

      it('takes the client from the header, for announces and for the control plane', async () => {
        await listener.close(0);
        const remote = (request: IncomingMessage, response: ServerResponse): void => {
          const body = request.socket.remoteAddress!;
          response.writeHead(200, { 'Content-Length': body.length }).end(body);
        };
        await start({ trustedProxies, isBehindProxyProtocol: true, control: remote });
        const client = await open('127.0.0.8');
        client.send(`PROXY TCP6 2001:db8::7 ::1 1 2\r\n${announce(1, 'X-Forwarded-For: 6.6.6.6\r\n')}`);
        await client.response();
        client.send('GET /stats HTTP/1.1\r\nHost: x\r\n\r\n');
        expect((await client.response()).body.toString()).to.equal('2001:db8::7');
        expect(tracker.askers).to.deep.equal(['2001:db8::7']);
      });

      it('waits for a header that comes byte by byte, of version 2 too', async () => {
        const client = await open('127.0.0.8');
        client.socket.setNoDelay(true);
        const header = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336407dc0401bb', 'hex');
        for (const byte of header) client.socket.write(Buffer.of(byte));
        client.send(announce(5));
        expect(await seeders(client)).to.equal(5);
        expect(tracker.askers).to.deep.equal(['192.0.2.1']);
      });

      it('takes the proxy for the client when it speaks for itself', async () => {
        const client = await open('127.0.0.8');
        client.send(`PROXY UNKNOWN\r\n${announce(5, 'X-Forwarded-For: 192.0.2.3\r\n')}`);
        expect(await seeders(client)).to.equal(5);
        expect(tracker.askers).to.deep.equal(['192.0.2.3']);
      });

      it('ends connections of the proxy without a header, or with none in time', async () => {
        const client = await open('127.0.0.8');
        client.send(announce(1));
        await client.closed;
        await (await open('127.0.0.8')).closed;
        expect(tracker.askers).to.deep.equal([]);
      });

      it('serves others without a header, and does not believe theirs', async () => {
        const client = await open('127.0.0.9');
        client.send(announce(5));
        expect(await seeders(client)).to.equal(5);
        expect(tracker.askers).to.deep.equal(['127.0.0.9']);
        client.send(`PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${announce(6)}`);
        await client.closed;
        expect(tracker.askers).to.deep.equal(['127.0.0.9']);
      });

      it('does not wait for headers when it closes', async () => {
        const client = await open('127.0.0.8');
        client.send('PROXY');
        await until(() => client.socket.bytesWritten > 0);
        await Promise.all([listener.close(60_000), client.closed]);
      });
    });

    describe('with a gate for sources', () => {
      it('refuses by address before it reads the request, and counts why', async () => {
        const traffic = new Traffic();
        const asked: string[] = [];
        const sources: SourceGate = {
          checkAddress: (address, family) => {
            asked.push(formatAddress(address, family));
            return address[3] === 9 ? REFUSALS.forbiddenAddress : undefined;
          },
          checkRate: (_address, _family, nowSeconds) =>
            nowSeconds === 1_800_000_000 && asked.length > 2 ? REFUSALS.tooManyRequests : undefined,
        };
        await start({ sources, traffic });
        const banned = await open('127.0.0.9');
        banned.send('GET /announce?nonsense HTTP/1.1\r\n\r\n');
        expect((await banned.response()).body).to.deep.equal(REFUSALS.forbiddenAddress.httpBody);
        const client = await open();
        client.send(announce(5));
        expect(await seeders(client)).to.equal(5);
        client.send('GET /scrape?info_hash=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n\r\n');
        expect((await client.response()).body).to.deep.equal(REFUSALS.tooManyRequests.httpBody);
        expect(asked).to.deep.equal(['127.0.0.9', '127.0.0.1', '127.0.0.1']);
        expect(traffic.counts().refusals).to.deep.equal({ 'forbidden-address': 1, 'too-many-requests': 1 });
      });
    });

    describe('on close', () => {
      it('ends idle connections at once, of both kinds, and accepts no more', async () => {
        await start();
        const [first, second] = [await open(), await open()];
        first.send(announce(1));
        second.send('GET /stats HTTP/1.1\r\nHost: x\r\n\r\n');
        await Promise.all([first.response(), second.response()]);
        await listener.close(60_000);
        await Promise.all([first.closed, second.closed]);
        await until(() => listener.stats.connections === 0);
        const refused = await RawHttp.connect(listener.port).then(
          () => false,
          () => true,
        );
        expect(refused).to.equal(true);
      });

      it('answers what was begun, then closes', async () => {
        await start();
        const client = await open();
        const text = announce(4);
        client.send(announce(3) + text.slice(0, 40));
        expect(await seeders(client)).to.equal(3);
        const closed = listener.close(60_000);
        client.send(text.slice(40));
        const { head, body } = await client.response();
        expect(head).to.contain('Connection: close');
        expect(body.toString('latin1')).to.match(/^d8:completei4e/);
        await closed;
      });

      it('waits for an answer of the control plane', async () => {
        let finish = (): void => {};
        const { promise: asked, resolve } = Promise.withResolvers<void>();
        await start({
          control: (_request, response) => {
            finish = () => response.end('late');
            resolve();
          },
        });
        const client = await open();
        client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
        await asked;
        const closed = listener.close(60_000);
        finish();
        expect((await client.response()).body.toString()).to.equal('late');
        await closed;
      });

      it('ends what remains after the grace', async () => {
        await start({ control: () => {} });
        const [first, second] = [await open(), await open()];
        first.send('GET /announce?');
        second.send('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
        await Promise.all([
          new Promise((resolve) => first.socket.write('x', resolve)),
          new Promise((resolve) => second.socket.write('', resolve)),
        ]);
        await listener.close(20);
        await Promise.all([first.closed, second.closed]);
      });
    });

    it('tells tracker id and warning with each announce that is served, and with no refusal', async () => {
      await start({ notes: { trackerId: 'n-1', warning: 'we move' } });
      const client = await open();
      client.send(`${announce(1)}GET /announce?x HTTP/1.1\r\n\r\n`);
      expect((await client.response()).body.toString('latin1')).to.match(
        /10:tracker id3:n-115:warning message7:we movee$/,
      );
      expect((await client.response()).body).to.deep.equal(REFUSALS.badInfoHash.httpBody);
    });

    it('listens on both families without a host', async () => {
      await start({ host: undefined });
      for (const host of ['127.0.0.1', '::1']) {
        const client = await RawHttp.connect(listener.port, { host });
        clients.push(client);
        client.send(announce(1));
        expect(await seeders(client)).to.equal(1);
      }
      expect(tracker.askers).to.deep.equal(['127.0.0.1', '::1']);
    });

    it('rejects when the port is taken', async () => {
      await start();
      const second = startHttpListener({
        tracker,
        clock: { now: () => nowMs },
        host: '127.0.0.1',
        port: listener.port,
        control,
      });
      expect(
        await second.then(
          () => 'bound',
          (error: NodeJS.ErrnoException) => error.code,
        ),
      ).to.equal('EADDRINUSE');
    });
  });
}
