import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type BoundServer, createHttpServer, type HttpLimits, listenHttp } from '../../../shared/http/listen.ts';

const LONG_MS = 60_000;

describe('shared/http/listen.ts', () => {
  const bound: BoundServer[] = [];
  const agent = new Agent({ keepAlive: true });

  const listen = async (
    listener: Parameters<typeof createHttpServer>[0],
    limits: Partial<HttpLimits> = {},
  ): Promise<BoundServer> => {
    const server = await listenHttp(createHttpServer(listener, limits), { host: '127.0.0.1', port: 0 });
    bound.push(server);
    return server;
  };
  const get = async (
    url: string,
    headers: Record<string, string> = {},
  ): Promise<{ response: IncomingMessage; body: string }> => {
    const [response] = (await once(request(url, { agent, headers }).end(), 'response')) as [IncomingMessage];
    return { response, body: await text(response) };
  };
  const open = async ({ port }: BoundServer): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  afterEach(() => Promise.all(bound.splice(0).map((server) => server.close(0))));
  after(() => agent.destroy());

  it('binds a free port and tells its URL', async () => {
    const { url, port } = await listen((_request, response) => response.end('hello'));
    expect(url).to.equal(`http://127.0.0.1:${port}`);
    expect((await get(url)).body).to.equal('hello');
  });

  it('writes an IPv6 address in brackets', async function () {
    const server = await listenHttp(
      createHttpServer(() => {}),
      { host: '::1', port: 0 },
    ).catch(() => this.skip());
    bound.push(server);
    expect(server.url).to.equal(`http://[::1]:${server.port}`);
  });

  it('rejects when the port is taken', async () => {
    const { port } = await listen(() => {});
    const error = await listenHttp(
      createHttpServer(() => {}),
      { host: '127.0.0.1', port },
    ).catch((caught: unknown) => caught);
    expect(error).to.be.an('error').with.property('code', 'EADDRINUSE');
  });

  it('has limits', () => {
    const server = createHttpServer(() => {});
    expect(server).to.include({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 75_000,
      maxConnections: 4096,
    });
  });

  it('ends a connection whose head does not come', async () => {
    const server = await listen(() => {}, { headersTimeoutMs: 20 });
    const socket = await open(server);
    socket.write('GET / HTTP/1.1\r\n');
    expect(await text(socket)).to.match(/^HTTP\/1\.1 408 /);
  });

  it('refuses a head that is too large', async () => {
    const { url } = await listen((_request, response) => response.end(), { maxHeaderBytes: 1000 });
    expect((await get(url, { 'X-Long': 'a'.repeat(2000) })).response.statusCode).to.equal(431);
  });

  it('closes connections beyond the limit at once', async () => {
    const server = await listen(() => {}, { maxConnections: 1 });
    const first = await open(server);
    const second = await open(server);
    expect(await text(second)).to.equal('');
    first.destroy();
  });

  describe('close', () => {
    it('ends idle connections at once and accepts no more', async () => {
      const server = await listen((_request, response) => response.end('hello'));
      await get(server.url);
      await server.close(LONG_MS);
      const error = await open(server).catch((caught: unknown) => caught);
      expect(error).to.be.an('error').with.property('code', 'ECONNREFUSED');
    });

    it('lets a request in progress be answered, then ends its connection', async () => {
      const arrived = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const server = await listen(async (_request, response) => {
        arrived.resolve();
        await gate.promise;
        response.end('late');
      });
      const answer = get(server.url);
      await arrived.promise;
      const closed = server.close(LONG_MS);
      gate.resolve();
      expect((await answer).body).to.equal('late');
      await closed;
    });

    it('tells a client whose request comes during the drain not to use the connection again', async () => {
      const server = await listen((_request, response) => response.end('hello'));
      const socket = await open(server);
      // Half a head keeps the connection from being idle; the server has read it when it answers somebody who came later.
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
      await get(server.url);
      const closed = server.close(LONG_MS);
      socket.write('\r\n');
      expect(await text(socket)).to.match(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n/);
      await closed;
    });

    it('destroys what is left when the grace time is over', async () => {
      const arrived = Promise.withResolvers<void>();
      const server = await listen(() => arrived.resolve());
      const failure = get(server.url).catch((caught: unknown) => caught);
      await arrived.promise;
      await server.close(1);
      expect(await failure)
        .to.be.an('error')
        .with.property('code', 'ECONNRESET');
    });
  });
});
