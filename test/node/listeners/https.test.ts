import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { HttpListenerOptions } from '../../../node/listeners/http.ts';
import { startHttpsListener } from '../../../node/listeners/https.ts';
import { createWebSocketListener } from '../../../node/listeners/websocket.ts';
import type { HttpListener } from '../../../shared/http/door/http-door.ts';
import { systemClock } from '../../../shared/platform/clock.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { hasProgram, need } from '../../helpers/needs.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';

const ANNOUNCE = 'GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=7000 HTTP/1.1\r\n\r\n';

describe('node/listeners/https.ts', () => {
  let directory: string;
  let certificateFile: string;
  let keyFile: string;
  let listener: HttpListener;
  let errors: unknown[];

  function start(options: Partial<HttpListenerOptions> = {}): Promise<HttpListener> {
    const random = seededRandom(1);
    const tracker = createTestTracker('open');
    return startHttpsListener({
      tracker,
      clock: systemClock,
      host: '127.0.0.1',
      port: 0,
      control: (request, response) => response.end(`plain ${request.url}`),
      webSockets: createWebSocketListener({ tracker, clock: systemClock, random }),
      certificate: { certificateFile, keyFile, checkIntervalMs: 10, random, onError: (error) => errors.push(error) },
      ...options,
    });
  }

  async function open(): Promise<TLSSocket> {
    const socket = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  }

  async function certificateName(): Promise<string> {
    const socket = await open();
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  before(function () {
    need(this, hasProgram('openssl'), 'openssl');
  });

  beforeEach(async () => {
    errors = [];
    directory = await mkdtemp(join(tmpdir(), 'anatomic-https-'));
    certificateFile = join(directory, 'cert.pem');
    keyFile = join(directory, 'key.pem');
    makeCertificate('first', { certificateFile, keyFile });
    listener = await start();
  });

  afterEach(async () => {
    await listener.close(0);
    await rm(directory, { recursive: true });
  });

  it('announces, and hands other requests over, on one connection', async () => {
    expect(listener.url).to.equal(`https://127.0.0.1:${listener.port}/announce`);
    const client = new RawHttp(await open());
    client.send(`${ANNOUNCE}${ANNOUNCE}GET /stats HTTP/1.1\r\nHost: x\r\n\r\n`);
    for (let i = 0; i < 2; i++) expect((await client.response()).body.toString('latin1')).to.match(/^d8:completei0e/);
    expect((await client.response()).body.toString()).to.equal('plain /stats');
    client.send(
      `POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na${ANNOUNCE.replace('\r\n\r\n', '\r\nHost: x\r\n\r\n')}`,
    );
    expect((await client.response()).body.toString()).to.equal('plain /x');
    expect((await client.response()).body.toString('latin1')).to.match(/^d8:completei0e/);
    client.socket.destroy();
  });

  it('limits connections of a client before they are TLS, and afterwards', async () => {
    await listener.close(0);
    listener = await start({ limits: { maxConnectionsPerClient: 2 } });
    const silent = connectPlain(listener.port, '127.0.0.1');
    await until(() => listener.stats.connections === 1);
    const client = await open();
    await until(() => listener.stats.connections === 2);
    const third = connectPlain(listener.port, '127.0.0.1').resume();
    await once(third, 'close');
    expect(listener.stats).to.deep.equal({ connections: 2, refusedConnections: 1 });
    silent.destroy();
    await until(() => listener.stats.connections === 1);
    (await open()).destroy();
    client.destroy();
    await until(() => listener.stats.connections === 0);
  });

  it('does not limit connections of trusted proxies, before they are TLS neither', async () => {
    await listener.close(0);
    const trustedProxies = new NetworkSet(['127.0.0.0/8']);
    listener = await start({ limits: { maxConnectionsPerClient: 1 }, trustedProxies });
    const silent = [connectPlain(listener.port, '127.0.0.1'), connectPlain(listener.port, '127.0.0.1')];
    (await open()).destroy();
    expect(listener.stats.refusedConnections).to.equal(0);
    for (const socket of silent) socket.destroy();
  });

  it('carries WebSockets', async () => {
    const socket = new WebSocket(listener.url.replace('https', 'wss'), { rejectUnauthorized: false });
    await once(socket, 'open');
    socket.send(JSON.stringify({ action: 'announce', info_hash: 'h'.repeat(20), peer_id: 'p'.repeat(20) }));
    const [data] = await once(socket, 'message');
    expect(JSON.parse(String(data))).to.include({ complete: 0, incomplete: 1 });
    socket.terminate();
  });

  it('shows a new certificate to new connections, without a restart', async () => {
    expect(await certificateName()).to.equal('first');
    const kept = new RawHttp(await open());
    makeCertificate('second', { certificateFile, keyFile });
    await until(async () => (await certificateName()) === 'second');
    kept.send(ANNOUNCE);
    expect((await kept.response()).head).to.contain('200 OK');
    kept.socket.destroy();
  });

  it('keeps the certificate in use while the files are wrong, and says so', async () => {
    await writeFile(certificateFile, 'half a certificate');
    await until(() => errors.length > 0);
    expect(await certificateName()).to.equal('first');
  });

  it('rejects when certificate and key do not belong together', async () => {
    const other = { certificateFile: join(directory, 'other.pem'), keyFile: join(directory, 'other-key.pem') };
    makeCertificate('other', other);
    const kept = keyFile;
    keyFile = other.keyFile;
    expect(
      await start().then(
        () => 'started',
        () => 'rejected',
      ),
    ).to.equal('rejected');
    keyFile = kept;
  });

  it('ends connections that do not speak TLS', async () => {
    const socket = connectPlain(listener.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(ANNOUNCE);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(listener.stats.connections).to.equal(0);
  });

  it('does not wait for handshakes when it closes', async () => {
    const socket = connectPlain(listener.port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    // The first bytes of a ClientHello.
    await new Promise((resolve) => socket.write(Buffer.from('1603010200', 'hex'), resolve));
    await open();
    await Promise.all([listener.close(60_000), closed]);
  });

  describe('behind a proxy that speaks the PROXY protocol', () => {
    const trustedProxies = new NetworkSet(['127.0.0.8/32']);
    const control: HttpListenerOptions['control'] = (request, response) =>
      response.end(`plain ${request.url} of ${request.socket.remoteAddress}`);
    const version2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336407dc0401bb', 'hex');

    beforeEach(async () => {
      await listener.close(0);
      listener = await start({ trustedProxies, isBehindProxyProtocol: true, control });
    });

    async function openPlain(localAddress: string): Promise<Socket> {
      const socket = connectPlain({ port: listener.port, host: '127.0.0.1', localAddress });
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }

    /** Sends the header, then speaks TLS on the same connection. */
    async function openThrough(header: string | Buffer): Promise<RawHttp> {
      const plain = await openPlain('127.0.0.8');
      plain.write(header);
      const socket = connect({ socket: plain, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return new RawHttp(socket);
    }

    it('takes the client from a header of either version before TLS', async () => {
      for (const [header, client, hex] of [
        ['PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n', '192.0.2.1', 'c0000201'],
        [version2, '192.0.2.1', 'c0000201'],
        ['PROXY TCP6 2001:db8::7 ::1 1 2\r\n', '2001:db8::7', '20010db8000000000000000000000007'],
        ['PROXY UNKNOWN\r\n', '127.0.0.8', '7f000008'],
      ] as const) {
        const through = await openThrough(header);
        through.send(ANNOUNCE);
        expect((await through.response()).body.toString('hex')).to.contain(
          `${Buffer.from(`external ip${hex.length / 2}:`).toString('hex')}${hex}`,
        );
        through.send('GET /stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        await through.closed;
        expect(through.unread).to.contain(`plain /stats of ${client}`);
      }
    });

    it('waits for a header that comes byte by byte, with the first bytes of TLS behind it or not', async () => {
      const plain = await openPlain('127.0.0.8');
      plain.setNoDelay(true);
      for (const byte of version2) plain.write(Buffer.of(byte));
      const socket = connect({ socket: plain, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      socket.destroy();
    });

    it('serves others without a header, and ends the connection of a proxy that sends none', async () => {
      const other = new RawHttp(await open());
      other.send(ANNOUNCE);
      expect((await other.response()).head).to.contain('200 OK');
      other.socket.destroy();
      const proxy = new RawHttp(await openPlain('127.0.0.8'));
      proxy.socket.write(Buffer.from('160301020001', 'hex'));
      await proxy.closed;
      expect(proxy.unread).to.equal('');
    });
  });
});
