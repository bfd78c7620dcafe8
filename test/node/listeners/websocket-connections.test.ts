import { connect } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { SourceGate } from '../../../node/access/source-gate.ts';
import type { HttpListenerOptions } from '../../../node/listeners/http.ts';
import { formatAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import { REFUSALS, type Refusal } from '../../../shared/protocol/tracker/refusal.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';
import { Browser, HASH, WebSocketLab } from './websocket-lab.ts';

describe('node/listeners/websocket.ts on connections', () => {
  let lab: WebSocketLab;

  beforeEach(() => {
    lab = new WebSocketLab();
  });

  afterEach(() => lab.end());

  it('limits sockets', async () => {
    await lab.start({ limits: { maxSockets: 1 } });
    await lab.open('a');
    const second = new Browser(lab.urlOf('/'), 'b');
    expect(await second.closeCode()).to.equal(1013);
    expect(lab.webSockets.stats).to.deep.equal({ sockets: 1, refusedSockets: 1, peers: 0 });
  });

  it('limits peers in all, and torrents per socket', async () => {
    await lab.start({ limits: { maxPeers: 1, maxTorrentsPerSocket: 1 } });
    lab.tracker.carry('aa'.repeat(20));
    const [a, b] = [await lab.open('a'), await lab.open('b')];
    await a.announce();
    expect(await a.announce()).to.include({ incomplete: 1 });
    expect(await b.announce()).to.include({ 'failure reason': 'tracker is full' });
    expect(await a.announce({ info_hash: '\xaa'.repeat(20) })).to.have.property('failure reason');
  });

  it('limits messages in ten seconds', async () => {
    await lab.start({ limits: { maxMessagesPerTenSeconds: 2 } });
    const browser = await lab.open('a');
    await browser.announce();
    await browser.announce();
    lab.nowMs += 10_000;
    await browser.announce();
    await browser.announce();
    browser.send({});
    expect(await browser.closeCode()).to.equal(1008);
  });

  it('ends those that are silent', async () => {
    await lab.start({ limits: { heartbeatMs: 100 } });
    const living = await lab.open('a');
    const dead = new Browser(lab.urlOf('/'), 'b', false);
    expect(await dead.closeCode()).to.equal(1006);
    expect(living.socket.readyState).to.equal(WebSocket.OPEN);
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
    lab.nowMs = 7999;
    await lab.start({ sources });
    const browser = await lab.open('a');
    expect(await browser.announce()).to.include({ incomplete: 1 });
    refusal = REFUSALS.tooManyRequests;
    expect(await browser.announce()).to.include({ 'failure reason': 'too many requests', info_hash: HASH });
    expect(lab.webSockets.stats.peers).to.equal(1);
    browser.send({ action: 'scrape' });
    await until(() => lab.traffic.counts().refusals['too-many-requests'] === 2);
    refusal = undefined;
    expect(await browser.announce()).to.include({ incomplete: 1 });
    expect(asked).to.deep.equal(Array(4).fill('127.0.0.1'));
  });

  describe('does not wait', () => {
    /** Asks for a WebSocket, and closes nothing by itself; settles with the end of the other side. */
    async function askAndStay(path: string, key = 'dGhlIHNhbXBsZSBub25jZQ=='): Promise<string> {
      const socket = connect({ port: lab.http.port, host: '127.0.0.1', allowHalfOpen: true });
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
      socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
      return Buffer.concat(await socket.toArray()).toString('latin1');
    }

    it('for the end of a connection that it has turned away', async () => {
      await lab.start();
      expect(await askAndStay('/v2/announce')).to.match(/^HTTP\/1.1 404 /);
      expect(await askAndStay('/announce', 'short')).to.match(/^HTTP\/1.1 400 /);
      await lab.http.close(60_000);
    });

    it('longer than the grace for one that was one too many', async () => {
      await lab.start({ limits: { maxSockets: 0 } });
      const ended = askAndStay('/announce');
      await until(() => lab.webSockets.stats.refusedSockets === 1);
      await lab.http.close(20);
      expect(await ended).to.match(/^HTTP\/1.1 101 /);
    });
  });

  it('leaves requests for another protocol to HTTP, and all when it is not asked for', async () => {
    const control: HttpListenerOptions['control'] = ({ url }, response) => response.end(`plain ${url}`);
    for (const [protocol, options] of [
      ['h2c', { control }],
      ['websocket', { control, webSockets: undefined }],
    ] as const) {
      await lab.http?.close(0);
      await lab.start({}, options);
      const client = await RawHttp.connect(lab.http.port);
      client.send(`GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
      expect((await client.response()).body.toString(), protocol).to.equal('plain /x');
      client.socket.destroy();
    }
  });
});
