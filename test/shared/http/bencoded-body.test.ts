import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import express, { type Response } from 'express';
import { BENCODED_TYPE, MAX_READING_MS, readBencodedBody, sendBencoded } from '../../../shared/http/bencoded-body.ts';
import { handleErrors } from '../../../shared/http/error-handler.ts';
import { UnfinishedBodies, type UnfinishedBody } from '../../../shared/http/unfinished-bodies.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';

const MAX_BYTES = 64;
const MAX_UNFINISHED_BYTES = 150;

describe('shared/http/bencoded-body.ts', () => {
  let server: Server;
  let logged: unknown[];
  const unfinished = new Set<UnfinishedBody>();
  let answering: Response | undefined;

  before(async () => {
    const app = express();
    const bodies = new UnfinishedBodies(MAX_UNFINISHED_BYTES);
    const readBody = readBencodedBody(MAX_BYTES, {
      begin: (drop) => {
        const body = bodies.begin(drop);
        unfinished.add(body);
        const end = (): void => {
          body.end();
          unfinished.delete(body);
        };
        return { ...body, end };
      },
    });
    app.post('/', readBody, (request, response) => sendBencoded(response, request.body));
    app.get('/long', (_request, response) => {
      answering = response;
      sendBencoded(response, Buffer.alloc(32 * 1024 * 1024));
    });
    app.use(handleErrors({ error: (...args: unknown[]) => logged.push(args) }));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    logged = [];
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const post = async (body: Uint8Array, headers: Record<string, string> = { 'Content-Type': BENCODED_TYPE }) => {
    const { port } = server.address() as AddressInfo;
    const call = httpRequest({ host: '127.0.0.1', port, method: 'POST', headers, agent: false });
    const answered = once(call, 'response');
    call.end(body);
    const [response] = (await answered) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response.setEncoding('latin1')) };
  };

  it('reads and sends bytes as they are', async () => {
    const bytes = Buffer.from('00ff80c328e282', 'hex');
    const { status, headers, body } = await post(bytes);
    expect(status).to.equal(200);
    expect(Buffer.from(body, 'latin1')).to.deep.equal(bytes);
    expect(headers).to.include({ 'content-type': BENCODED_TYPE, 'content-length': '7' });
  });

  it('takes a body of exactly the limit', async () => {
    expect((await post(Buffer.alloc(MAX_BYTES))).body).to.have.length(MAX_BYTES);
  });

  it('refuses a longer body by what it announces, or by what arrives', async () => {
    for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
      const { status, body } = await post(Buffer.alloc(MAX_BYTES + 1), { 'Content-Type': BENCODED_TYPE, ...headers });
      expect(status).to.equal(413);
      expect(body).to.equal('d4:code7:request7:message17:Payload Too Largee');
    }
  });

  it('refuses it before the rest has come', async () => {
    const { port } = server.address() as AddressInfo;
    for (const [length, body] of [
      ['Content-Length: 1000000', 'x'],
      ['Transfer-Encoding: chunked', `41\r\n${'x'.repeat(MAX_BYTES + 1)}\r\n`],
    ]) {
      const client = await RawHttp.connect(port);
      client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${BENCODED_TYPE}\r\n${length}\r\n\r\n${body}`);
      expect((await client.response()).head).to.match(/^HTTP\/1\.1 413 /);
      client.socket.destroy();
    }
  });

  it('uses the connection on when the rest of a refused body has come', async () => {
    const { port } = server.address() as AddressInfo;
    const client = await RawHttp.connect(port);
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${BENCODED_TYPE}\r\n`;
    client.send(`${head}Content-Length: 100\r\n\r\n`);
    expect((await client.response()).head).to.match(/^HTTP\/1\.1 413 /);
    client.send(`${'x'.repeat(100)}${head}Content-Length: 2\r\n\r\nde`);
    const { head: second, body } = await client.response();
    expect([second.slice(0, 12), body.toString()]).to.deep.equal(['HTTP/1.1 200', 'de']);
    client.socket.destroy();
  });

  it('refuses one of the bodies that take their time when too many come, and takes others all the same', async () => {
    const { port } = server.address() as AddressInfo;
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${BENCODED_TYPE}\r\nContent-Length: ${MAX_BYTES}\r\n\r\n`;
    const slow = await Promise.all(Array.from({ length: 3 }, () => RawHttp.connect(port)));
    for (const client of slow) client.send(head + 'x'.repeat(MAX_BYTES - 1));
    const answers = slow.map((client) => client.response());
    const refused = await Promise.race(answers.map((answer, index) => answer.then(() => index)));
    expect((await post(Buffer.alloc(10))).status).to.equal(200);
    for (const [index, client] of slow.entries()) if (index !== refused) client.send('x');
    for (const [index, answer] of answers.entries()) {
      const { head: status, body } = await answer;
      expect(status.slice(0, 12)).to.equal(index === refused ? 'HTTP/1.1 503' : 'HTTP/1.1 200');
      if (index === refused) expect(body.toString()).to.match(/^d4:code4:busy/);
    }
    for (const { socket } of slow) socket.destroy();
  });

  it('counts no body that was given up', async () => {
    const { port } = server.address() as AddressInfo;
    const client = await RawHttp.connect(port);
    client.send(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${BENCODED_TYPE}\r\nContent-Length: ${MAX_BYTES}\r\n\r\nx`,
    );
    await until(() => unfinished.size === 1);
    client.socket.destroy();
    await until(() => unfinished.size === 0);
  });

  it('keeps no answer in memory for whoever does not read it', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { port } = server.address() as AddressInfo;
      const client = await RawHttp.connect(port);
      client.socket.pause();
      client.send('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
      const response = await until(() => answering);
      mock.timers.tick(MAX_READING_MS - 1);
      expect(response.destroyed).to.equal(false);
      mock.timers.tick(1);
      if (!response.closed) await once(response, 'close');
      client.socket.destroy();
    } finally {
      mock.timers.reset();
    }
  });

  for (const [what, body, headers] of [
    ['another type', Buffer.from('de'), { 'Content-Type': 'application/json' }],
    ['no type', Buffer.from('de'), {}],
    ['compression', gzipSync('de'), { 'Content-Type': BENCODED_TYPE, 'Content-Encoding': 'gzip' }],
  ] as const) {
    it(`refuses ${what} with 415`, async () => {
      expect((await post(body, headers)).status).to.equal(415);
      expect(logged).to.deep.equal([]);
    });
  }
});
