import { expect } from 'chai';
import { seededRandom } from '../../../shared/platform/random.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { type HttpListener, type HttpListenerOptions, startHttpListener } from '../../../supernode/listeners/http.ts';
import { MAX_QUERY_BYTES, Redirects } from '../../../supernode/listeners/redirects.ts';
import { fixtureLines } from '../../helpers/fixture-lines.ts';
import { escapeHex } from '../../helpers/http-tracker-driver.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { hashOf, nodeEntry, receiptEntry, START, signer } from '../records.ts';

/** Of the fixture's requests. */
const FIRST = 'f2193cc8af86571b4ddfed34c607372597e76026';
const [A, B] = [hashOf('a'), hashOf('b')];
const NODE = 'http://192.0.2.1:6969';
const PEER = 'peer_id=bbbbbbbbbbbbbbbbbbbb&port=1';

describe('supernode/listeners/http.ts', () => {
  let listener: HttpListener;
  let directory: Directory;
  let redirects: Redirects;
  let clients: RawHttp[];

  beforeEach(async () => {
    clients = [];
    directory = new Directory();
    const node = signer(1);
    directory.put(nodeEntry(node, { urls: [NODE] }), START);
    for (const infoHash of [FIRST, A, B]) directory.put(receiptEntry(node, infoHash), START);
    directory.nodes.note(node.id, true, START);
    redirects = new Redirects({ directory, random: seededRandom(1) });
    listener = await start();
  });

  function start(options: Partial<HttpListenerOptions> = {}): Promise<HttpListener> {
    const control: HttpListenerOptions['control'] = ({ method, url, socket }, response) =>
      void response.end(`${method} ${url} of ${socket.remoteAddress}`);
    return startHttpListener({
      clock: { now: () => START },
      host: '127.0.0.1',
      port: 0,
      redirects,
      control,
      ...options,
    });
  }

  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await listener.close(0);
  });

  async function open(): Promise<RawHttp> {
    const client = await RawHttp.connect(Number(new URL(listener.url).port));
    clients.push(client);
    return client;
  }

  const locationOf = async (client: RawHttp): Promise<string | undefined> => {
    const { head, body } = await client.response();
    expect(body).to.have.length(0);
    return /^HTTP\/1\.1 302 Found\r\nLocation: (.*)\r\n/.exec(head)?.[1];
  };
  const refusalOf = async (client: RawHttp): Promise<string> => {
    const { head, body } = await client.response();
    expect(head).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    return body.toString('latin1');
  };

  it('closes a connection on which nobody reads the answer', async () => {
    await listener.close(0);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    listener = await start({
      limits: { idleTimeoutMs: 200 },
      control: (_request, response) => void response.once('close', resolve).end(Buffer.alloc(32 * 1024 * 1024)),
    });
    const client = await open();
    client.socket.pause();
    client.send('GET /v2/changes HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed;
  });

  it('redirects what real clients send first, byte for byte', async () => {
    const lines = fixtureLines('first-requests.txt');
    expect(lines).to.have.length(9);
    for (const [name = '', line = ''] of lines) {
      const client = await open();
      client.send(`${line}\r\n\r\n\0`);
      const target = line.slice('GET '.length, line.lastIndexOf(' '));
      expect(await locationOf(client), name).to.equal(NODE + target);
      if (line.endsWith('/1.0')) await client.closed;
    }
    expect(redirects.counts).to.deep.equal({ redirected: 9, unreachable: 0, unknown: 0, refused: 0 });
  });

  it('redirects bytes from 128 on as they came, and escapes raw spaces', async () => {
    const client = await open();
    const raw = infoHashBytes(A)
      .toString('latin1')
      .replace(/[\0- %&+\x7f]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
    client.send(`GET /announce?info_hash=${raw}&${PEER}&name=a b\xff HTTP/1.1\r\n\r\n`);
    expect(await locationOf(client)).to.equal(`${NODE}/announce?info_hash=${raw}&${PEER}&name=a%20b\xff`);
  });

  it('answers pipelined requests in order over one connection, of both planes', async () => {
    const client = await open();
    const announce = (hash: string): string =>
      `GET /announce?info_hash=${escapeHex(hash)}&${PEER} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const scrape = `GET /scrape?info_hash=${escapeHex(A)}&info_hash=${escapeHex(B)} HTTP/1.1\r\nHost: x\r\n\r\n`;
    client.send(announce(A) + scrape + announce(hashOf('c')));
    expect(await locationOf(client)).to.equal(`${NODE}/announce?info_hash=${escapeHex(A)}&${PEER}`);
    expect(await locationOf(client)).to.equal(`${NODE}/scrape?info_hash=${escapeHex(A)}&info_hash=${escapeHex(B)}`);
    expect(await refusalOf(client)).to.contain('torrent not planted on this network');
    client.send('GET /scrape HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await refusalOf(client)).to.equal(REFUSALS.noScrapeHashes.httpBody.toString());
    client.send(announce(A) + announce(hashOf('c')) + scrape);
    expect(await locationOf(client)).to.equal(`${NODE}/announce?info_hash=${escapeHex(A)}&${PEER}`);
    expect(await refusalOf(client)).to.contain('torrent not planted on this network');
    expect(await locationOf(client)).to.contain(`${NODE}/scrape?`);
    expect(redirects.counts).to.deep.equal({ redirected: 4, unreachable: 0, unknown: 2, refused: 1 });
  });

  it('redirects targets in absolute form to the path alone', async () => {
    const client = await open();
    const target = `/announce?info_hash=${escapeHex(A)}&${PEER}`;
    client.send(`GET http://tracker.example${target} HTTP/1.1\r\nConnection: close\r\n\r\n`);
    const { head } = await client.response();
    expect(head).to.equal(`HTTP/1.1 302 Found\r\nLocation: ${NODE}${target}\r\nConnection: close\r\nContent-Length: 0`);
    await client.closed;
  });

  it('refuses what is no announce, and queries too long to be sent on', async () => {
    for (const request of [
      'GET /announce?info_hash=abc HTTP/1.1\r\n\r\n',
      `GET /announce?info_hash=${escapeHex(A)}&${PEER} HTTP/1.1\r\nContent-Length: 1\r\n\r\na`,
      `GET /announce?info_hash=${escapeHex(A)}&${PEER}&x=${'x'.repeat(MAX_QUERY_BYTES)} HTTP/1.1\r\n\r\n`,
    ]) {
      const client = await open();
      client.send(request);
      expect(await refusalOf(client)).to.match(/^d14:failure reason/);
    }
    expect(redirects.counts).to.deep.equal({ redirected: 0, unreachable: 0, unknown: 0, refused: 3 });
  });

  it('takes the client from the header that a trusted proxy puts before a connection', async () => {
    await listener.close(0);
    const trustedProxies = new NetworkSet(['127.0.0.1']);
    listener = await start({ trustedProxies, isBehindProxyProtocol: true });
    const client = await open();
    const target = `/announce?info_hash=${escapeHex(A)}&${PEER}`;
    client.send(`PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\nGET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await locationOf(client)).to.equal(NODE + target);
    client.send('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await client.closed;
    expect(client.unread).to.contain('GET /health of 192.0.2.7');
  });

  it('redirects by the family of the client that a trusted proxy names, where an IPv4 address in IPv6 is IPv4', async () => {
    await listener.close(0);
    listener = await start({ trustedProxies: new NetworkSet(['127.0.0.1']) });
    const v6 = 'http://[2001:db8::1]:6969';
    directory.put(nodeEntry(signer(1), { urls: [NODE, v6], seq: START + 1 }), START);
    directory.nodes.note(signer(1).id, true, START);
    const target = `/announce?info_hash=${escapeHex(A)}&${PEER}`;
    const client = await open();
    const announceOf = (address: string): void =>
      client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    announceOf('2001:db8::7');
    expect(await locationOf(client)).to.equal(v6 + target);
    announceOf('::ffff:192.0.2.7');
    expect(await locationOf(client)).to.equal(NODE + target);
    client.send('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.response();
    // From here on node:http reads this connection.
    announceOf('2001:db8::7');
    expect((await client.response()).head).to.contain(`Location: ${v6}${target}\r\n`);
  });
});
