import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { SourceGate } from '../../../node/access/source-gate.ts';
import { startHttpListener } from '../../../node/listeners/http.ts';
import {
  createWebSocketListener,
  type WebSocketLimits,
  type WebSocketListener,
} from '../../../node/listeners/websocket.ts';
import type { Tracker } from '../../../node/tracker/tracker.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import type { HttpListener } from '../../../shared/http/door/http-door.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { formatAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import { REFUSALS, type Refusal } from '../../../shared/protocol/tracker/refusal.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';

const HASH = '\xf2\x19<\xc8\xaf\x86W\x1bM\xdf\xed4\xc6\x077%\x97\xe7`&';
const HASH_HEX = 'f2193cc8af86571b4ddfed34c607372597e76026';

type Message = Record<string, unknown>;

/** A WebTorrent client as the tracker sees it. */
class Browser {
  readonly socket: WebSocket;
  readonly peerId: string;
  readonly #received: Message[] = [];

  constructor(url: string, name: string, autoPong = true) {
    this.peerId = `-WW0208-${name.padEnd(12, '.')}`;
    this.socket = new WebSocket(url, { autoPong });
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer) => {
      this.#received.push(JSON.parse(data.toString()) as Message);
    });
  }

  send(fields: Message): void {
    this.socket.send(JSON.stringify({ action: 'announce', info_hash: HASH, peer_id: this.peerId, ...fields }));
  }

  announce(fields: Message = {}): Promise<Message> {
    this.send({ left: 5, event: 'started', ...fields });
    return this.next();
  }

  /** The next message not taken yet. */
  next(): Promise<Message> {
    return until(() => this.#received.shift(), { what: `a message to ${this.peerId}` });
  }

  get waiting(): number {
    return this.#received.length;
  }

  async closeCode(): Promise<number> {
    const [code] = await once(this.socket, 'close');
    return code as number;
  }
}

function offers(count: number): Message {
  return {
    offers: Array.from({ length: count }, (_, i) => ({ offer: { type: 'offer', sdp: `sdp${i}` }, offer_id: `id${i}` })),
  };
}

describe('node/listeners/websocket.ts', () => {
  let tracker: Tracker;
  let webSockets: WebSocketListener;
  let http: HttpListener;
  let browsers: Browser[];
  let nowMs: number;
  let traffic: Traffic;

  async function start(limits: Partial<WebSocketLimits> = {}, sources?: SourceGate): Promise<void> {
    const clock = { now: (): number => nowMs };
    webSockets = createWebSocketListener({
      tracker,
      sources,
      traffic,
      clock,
      random: seededRandom(1),
      limits,
    });
    const control = (): void => {};
    http = await startHttpListener({ tracker, clock, host: '127.0.0.1', port: 0, control, webSockets });
  }

  async function open(name: string, path = '/announce'): Promise<Browser> {
    const browser = new Browser(`ws://127.0.0.1:${http.port}${path}`, name);
    browsers.push(browser);
    await once(browser.socket, 'open');
    return browser;
  }

  beforeEach(() => {
    nowMs = 0;
    traffic = new Traffic();
    browsers = [];
    tracker = createTestTracker();
    tracker.carry(HASH_HEX);
  });

  afterEach(async () => {
    for (const { socket } of browsers) socket.terminate();
    await http.close(0);
  });

  describe('with room for all', () => {
    beforeEach(() => start());

    it('answers an announce with counts and an interval of two minutes', async () => {
      const browser = await open('a');
      expect(await browser.announce()).to.deep.equal({
        action: 'announce',
        interval: 120,
        info_hash: HASH,
        complete: 0,
        incomplete: 1,
      });
      expect(await (await open('b', '/')).announce({ left: 0 })).to.include({ complete: 1, incomplete: 1 });
      expect(webSockets.stats).to.deep.equal({ sockets: 2, refusedSockets: 0, peers: 2 });
    });

    it('passes offers on, one to each peer, and the answer back', async () => {
      const [a, b, c] = [await open('a'), await open('b'), await open('c')];
      await a.announce();
      await b.announce();
      await c.announce(offers(5));
      const [toA, toB] = [await a.next(), await b.next()];
      expect(toA).to.include({ action: 'announce', peer_id: c.peerId, info_hash: HASH });
      expect([toA.offer_id, toB.offer_id].sort()).to.deep.equal(['id0', 'id1']);
      expect(toA.offer).to.deep.equal({ type: 'offer', sdp: `sdp${String(toA.offer_id).slice(2)}` });
      b.send({ answer: { type: 'answer', sdp: 'yes' }, offer_id: toB.offer_id, to_peer_id: c.peerId });
      expect(await c.next()).to.deep.equal({
        action: 'announce',
        answer: { type: 'answer', sdp: 'yes' },
        offer_id: toB.offer_id,
        peer_id: b.peerId,
        info_hash: HASH,
      });
      expect(a.waiting + b.waiting + c.waiting).to.equal(0);
    });

    it('offers a seeder to leechers only', async () => {
      const [seeder, leecher, other] = [await open('s'), await open('l'), await open('o')];
      await seeder.announce({ left: 0 });
      await leecher.announce();
      await other.announce({ left: 0, ...offers(5) });
      expect(await leecher.next()).to.include({ peer_id: other.peerId });
      await seeder.announce();
      expect(seeder.waiting).to.equal(0);
    });

    it('passes no answer on under an id that its sender did not announce', async () => {
      const [a, b] = [await open('a'), await open('b')];
      await a.announce();
      await b.announce();
      const answer = { answer: { type: 'answer', sdp: 'x' }, offer_id: 'id', to_peer_id: a.peerId };
      b.send({ ...answer, peer_id: '-WW0208-somebodyelse' });
      b.send({ ...answer, to_peer_id: '-WW0208-who-is-that?' });
      b.send({ ...answer, offer_id: 'good' });
      expect(await a.next()).to.include({ offer_id: 'good' });
    });

    it('forgets a peer that stops, and all peers of a connection that ends', async () => {
      const [a, b] = [await open('a'), await open('b')];
      await a.announce();
      await b.announce();
      expect(await a.announce({ event: 'stopped' })).to.include({ incomplete: 1 });
      expect(webSockets.stats.peers).to.equal(1);
      b.socket.terminate();
      await until(() => webSockets.stats.peers === 0);
      expect(webSockets.stats.sockets).to.equal(1);
    });

    it('refuses a torrent that is not carried, by its hash, and serves the others on', async () => {
      const browser = await open('a');
      const unknown = 'x'.repeat(20);
      expect(await browser.announce({ info_hash: unknown })).to.deep.equal({
        action: 'announce',
        'failure reason': 'torrent not carried here',
        info_hash: unknown,
      });
      expect(await browser.announce()).to.include({ incomplete: 1 });
    });

    it('scrapes sockets and all other peers together, over whatever protocol', async () => {
      const browser = await open('a');
      await browser.announce({ left: 0 });
      const client = await RawHttp.connect(http.port);
      client.send(
        `GET /announce?info_hash=${HASH_HEX.replace(/../g, '%$&')}&peer_id=${'p'.repeat(20)}&port=1 HTTP/1.1\r\n\r\n`,
      );
      await client.response();
      client.send(`GET /scrape?info_hash=${HASH_HEX.replace(/../g, '%$&')} HTTP/1.1\r\n\r\n`);
      expect((await client.response()).body.toString('latin1')).to.contain(
        'd8:completei1e10:downloadedi0e10:incompletei1ee',
      );
      client.socket.destroy();
      browser.send({ action: 'scrape', info_hash: [HASH, 'x'.repeat(20)] });
      expect(await browser.next()).to.deep.equal({
        action: 'scrape',
        files: {
          [HASH]: { complete: 1, incomplete: 1, downloaded: 0 },
          [`${'x'.repeat(20)}`]: { complete: 0, incomplete: 0, downloaded: 0 },
        },
      });
    });

    it('counts what it is asked and what it refuses', async () => {
      const browser = await open('a');
      await browser.announce();
      await browser.announce({ info_hash: 'x'.repeat(20) });
      browser.send({ action: 'scrape' });
      await browser.next();
      expect(traffic.counts()).to.deep.equal({
        ipv4: { announces: 2, scrapes: 1, connects: 0 },
        ipv6: { announces: 0, scrapes: 0, connects: 0 },
        refusals: { 'unknown-torrent': 1 },
      });
    });

    it('ends connections that speak something else', async () => {
      for (const text of ['', 'hello', '{}', '{"action":"announce","info_hash":"x"}']) {
        const browser = await open('a');
        browser.socket.send(text);
        expect(await browser.closeCode(), text).to.equal(1008);
      }
    });

    it('ends connections that send too much at once', async () => {
      const browser = await open('a');
      browser.socket.send('x'.repeat(200_000));
      expect(await browser.closeCode()).to.equal(1009);
    });

    it('is found on no other path', async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${http.port}/stats`);
      const [error] = await once(socket, 'error');
      expect((error as Error).message).to.contain('404');
    });

    it('closes with the HTTP door, saying that it goes away', async () => {
      const browser = await open('a');
      const code = browser.closeCode();
      await http.close(60_000);
      expect(await code).to.equal(1001);
    });
  });

  describe('limits', () => {
    it('sockets', async () => {
      await start({ maxSockets: 1 });
      await open('a');
      const second = new Browser(`ws://127.0.0.1:${http.port}/`, 'b');
      expect(await second.closeCode()).to.equal(1013);
      expect(webSockets.stats).to.deep.equal({ sockets: 1, refusedSockets: 1, peers: 0 });
    });

    it('peers in all, and torrents per socket', async () => {
      await start({ maxPeers: 1, maxTorrentsPerSocket: 1 });
      tracker.carry('aa'.repeat(20));
      const [a, b] = [await open('a'), await open('b')];
      await a.announce();
      expect(await a.announce()).to.include({ incomplete: 1 });
      expect(await b.announce()).to.include({ 'failure reason': 'tracker is full' });
      expect(await a.announce({ info_hash: '\xaa'.repeat(20) })).to.have.property('failure reason');
    });

    it('messages in ten seconds', async () => {
      await start({ maxMessagesPerTenSeconds: 2 });
      const browser = await open('a');
      await browser.announce();
      await browser.announce();
      nowMs += 10_000;
      await browser.announce();
      await browser.announce();
      browser.send({});
      expect(await browser.closeCode()).to.equal(1008);
    });

    it('connections that are silent', async () => {
      await start({ heartbeatMs: 20 });
      const living = await open('a');
      const dead = new Browser(`ws://127.0.0.1:${http.port}/`, 'b', false);
      expect(await dead.closeCode()).to.equal(1006);
      expect(living.socket.readyState).to.equal(WebSocket.OPEN);
    });
  });

  it('turns senders away by address and by rate, at each message, and serves their connection on', async () => {
    const asked: string[] = [];
    let refusal: Refusal | undefined;
    const sources: SourceGate = {
      checkAddress: (address, family) => {
        asked.push(formatAddress(address, family));
        return undefined;
      },
      checkRate: (_address, _family, nowSeconds) => (nowSeconds === 7 ? refusal : undefined),
    };
    nowMs = 7999;
    await start({}, sources);
    const browser = await open('a');
    expect(await browser.announce()).to.include({ incomplete: 1 });
    refusal = REFUSALS.tooManyRequests;
    expect(await browser.announce()).to.include({ 'failure reason': 'too many requests', info_hash: HASH });
    expect(webSockets.stats.peers).to.equal(1);
    browser.send({ action: 'scrape' });
    await until(() => traffic.counts().refusals['too-many-requests'] === 2);
    refusal = undefined;
    expect(await browser.announce()).to.include({ incomplete: 1 });
    expect(asked).to.deep.equal(Array(4).fill('127.0.0.1'));
  });

  describe('does not wait', () => {
    /** Asks for a WebSocket, and closes nothing by itself; settles with the end of the other side. */
    async function askAndStay(path: string, key = 'dGhlIHNhbXBsZSBub25jZQ=='): Promise<string> {
      const socket = connect({ port: http.port, host: '127.0.0.1', allowHalfOpen: true });
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
      socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
      return Buffer.concat(await socket.toArray()).toString('latin1');
    }

    it('for the end of a connection that it has turned away', async () => {
      await start();
      expect(await askAndStay('/v2/announce')).to.match(/^HTTP\/1.1 404 /);
      expect(await askAndStay('/announce', 'short')).to.match(/^HTTP\/1.1 400 /);
      await http.close(60_000);
    });

    it('longer than the grace for one that was one too many', async () => {
      await start({ maxSockets: 0 });
      const ended = askAndStay('/announce');
      await until(() => webSockets.stats.refusedSockets === 1);
      await http.close(20);
      expect(await ended).to.match(/^HTTP\/1.1 101 /);
    });
  });

  it('leaves requests for another protocol to HTTP', async () => {
    await start();
    await http.close(0);
    const control = (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { 'Content-Length': 5 }).end('plain');
    };
    http = await startHttpListener({
      tracker,
      clock: { now: () => 0 },
      host: '127.0.0.1',
      port: 0,
      control,
      webSockets,
    });
    const client = await RawHttp.connect(http.port);
    client.send('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n');
    expect((await client.response()).body.toString()).to.equal('plain');
    client.socket.destroy();
  });

  it('answers HTTP on the same port, and is absent when not asked for', async () => {
    await start();
    await http.close(0);
    http = await startHttpListener({
      tracker,
      clock: { now: () => 0 },
      host: '127.0.0.1',
      port: 0,
      control: (request, response) => response.end(`plain ${request.url}`),
    });
    const client = await RawHttp.connect(http.port);
    client.send('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect((await client.response()).body.toString()).to.equal('plain /x');
    client.socket.destroy();
  });
});
