import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { type BoundListeners, openListeners } from '../../node/bound-listeners.ts';
import { type NodeConfig, nodeOptions } from '../../node/config.ts';
import { UsageError } from '../../shared/errors.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createLog } from '../../shared/platform/log.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { createTestTracker } from '../contracts/tracker-behaviour.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { hasProgram, need, needIpv6 } from '../helpers/needs.ts';
import { RawHttp } from '../helpers/raw-http.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { connectRequest, UdpClient } from '../helpers/udp-tracker-driver.ts';

const HASH = 'h'.repeat(20);
const HOSTS = ['127.0.0.1', '[::1]'];
const ANNOUNCE = `/announce?info_hash=${HASH}&peer_id=${'p'.repeat(20)}&port=7000`;

/** Without brackets, as sockets want it. */
function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url.replace(/^\w+/, 'http'));
  return { host: hostname.replace(/[[\]]/g, ''), port: Number(port) };
}

describe('node/bound-listeners.ts', () => {
  let listeners: BoundListeners | undefined;

  afterEach(async () => {
    await listeners?.close(0);
    listeners = undefined;
  });

  async function open(...argv: string[]): Promise<BoundListeners> {
    const parsed = parseOptions(nodeOptions, { argv: ['--http-port', '0', '--mode', 'open', ...argv], env: {} });
    if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
    return openWith(parsed.config);
  }

  async function openWith(config: NodeConfig): Promise<BoundListeners> {
    listeners = await openListeners(config, {
      tracker: createTestTracker('open'),
      clock: systemClock,
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'node' }),
      control: (_, response) => response.end(),
      secret: Buffer.alloc(16, 7),
    });
    return listeners;
  }

  const urlOf = (scheme: string): string => listeners!.urls.find((url) => url.startsWith(`${scheme}:`))!;

  it('listens over both families when no host is named, and says so in URLs that can be used as they are', async function () {
    needIpv6(this);
    const { urls } = await open();
    expect(urls.map((url) => url.replace(/:\d+\//, '/'))).to.deep.equal(
      ['http', 'udp', 'ws'].flatMap((scheme) => HOSTS.map((host) => `${scheme}://${host}/announce`)),
    );
    for (const url of urls.filter((name) => name.startsWith('http:'))) {
      const { host, port } = addressOf(url);
      const client = await RawHttp.connect(port, { host });
      client.send(`GET ${ANNOUNCE} HTTP/1.1\r\n\r\n`);
      expect((await client.response()).body.toString('latin1')).to.match(/^d8:completei0e/);
      client.socket.destroy();
    }
    for (const url of urls.filter((name) => name.startsWith('udp:'))) {
      const { host, port } = addressOf(url);
      const client = new UdpClient(host, port);
      expect(await client.ask(connectRequest())).to.have.length(16);
      client.close();
    }
    for (const url of urls.filter((name) => name.startsWith('ws:'))) {
      const socket = new WebSocket(url);
      await once(socket, 'open');
      socket.terminate();
    }
    expect(listeners!.stats().map(({ protocol, traffic }) => [protocol, traffic.ipv4, traffic.ipv6])).to.deep.equal([
      ['http', { announces: 1, scrapes: 0, connects: 0 }, { announces: 1, scrapes: 0, connects: 0 }],
      ['udp', { announces: 0, scrapes: 0, connects: 1 }, { announces: 0, scrapes: 0, connects: 1 }],
      ['websocket', { announces: 0, scrapes: 0, connects: 0 }, { announces: 0, scrapes: 0, connects: 0 }],
    ]);
  });

  it('has no WebSockets when they are switched off', async () => {
    const { urls } = await open('--host', '127.0.0.1', '--no-websocket');
    expect(urls.map((url) => new URL(url).protocol)).to.deep.equal(['http:', 'udp:']);
    const socket = new WebSocket(urls[0]!.replace('http', 'ws'));
    const [error] = await once(socket, 'error');
    expect((error as Error).message).to.contain('200');
  });

  describe('with a certificate', () => {
    before(function () {
      need(this, hasProgram('openssl'), 'openssl');
    });

    it('lets browsers on both ports meet', async () => {
      using folder = new TemporaryFolder();
      await open('--host', '127.0.0.1', '--https-port', '0', ...certificateFlags(folder));
      expect(listeners!.urls.map((url) => new URL(url).protocol)).to.deep.equal([
        'http:',
        'udp:',
        'https:',
        'ws:',
        'wss:',
      ]);
      const counts: unknown[] = [];
      const sockets: WebSocket[] = [];
      for (const [peer, scheme] of ['ws', 'wss'].entries()) {
        const socket = new WebSocket(urlOf(scheme), { rejectUnauthorized: false });
        sockets.push(socket);
        await once(socket, 'open');
        socket.send(JSON.stringify({ action: 'announce', info_hash: HASH, peer_id: `${peer}`.repeat(20) }));
        const [data] = await once(socket, 'message');
        counts.push(JSON.parse(String(data)).incomplete);
      }
      expect(counts).to.deep.equal([1, 2]);
      const webSockets = listeners!.stats().find(({ protocol }) => protocol === 'websocket');
      expect(webSockets).to.deep.include({ connections: 2, refusedConnections: 0 });
      for (const socket of sockets) socket.terminate();
    });

    it('shows a new one when it is told to reload', async () => {
      using folder = new TemporaryFolder();
      await open('--host', '127.0.0.1', '--https-port', '0', ...certificateFlags(folder));
      expect(await certificateName()).to.equal('first');
      makeCertificate('second', filesIn(folder));
      await listeners!.reload();
      expect(await certificateName()).to.equal('second');
    });

    it('that cannot be read says which options to look at, and leaves nothing open', async () => {
      const flags = ['--tls-certificate', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'];
      const error = await open('--host', '127.0.0.1', '--https-port', '0', ...flags).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UsageError).with.property('message').that.contains('--tls-certificate');
      expect(error).to.have.property('message').that.contains('/nowhere/');
    });
  });

  it('says which port is taken, also with workers, whose sockets could share it', async () => {
    const host = ['--host', '127.0.0.1', '--workers', '2'];
    await open(...host);
    const first = listeners!;
    const { port } = addressOf(urlOf('http'));
    const error = await open(...host, '--http-port', String(port)).catch((reason: unknown) => reason);
    await first.close(0);
    expect(error).to.be.instanceOf(UsageError).with.property('message').that.contains(`port ${port}`);
  });

  function filesIn(folder: TemporaryFolder): { certificateFile: string; keyFile: string } {
    return { certificateFile: folder.at('cert.pem'), keyFile: folder.at('key.pem') };
  }

  function certificateFlags(folder: TemporaryFolder): string[] {
    const files = filesIn(folder);
    makeCertificate('first', files);
    return ['--tls-certificate', files.certificateFile, '--tls-key', files.keyFile];
  }

  async function certificateName(): Promise<string> {
    const socket = connect({ ...addressOf(urlOf('https')), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }
});
