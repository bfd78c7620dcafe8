import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { createGuard, type Guard, type GuardedRequest, type GuardOptions } from '../../../shared/http/guard.ts';
import { RequestError } from '../../../shared/http/request-error.ts';
import type { Resolve } from '../../../shared/http/resolve.ts';

const LOOPBACK = '127.0.0.0/8';
const GET: GuardedRequest = { method: 'GET', maxBytes: 1000 };

/** What the promise rejects with. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => expect.fail(`expected a failure, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );

describe('shared/http/guard.ts', () => {
  const guards: Guard[] = [];
  const servers: Server[] = [];

  const openGuard = (options: Partial<GuardOptions> = {}): Guard => {
    const resolve: Resolve = (host) => Promise.reject(new Error(`looked ${host} up`));
    const guard = createGuard({ allowNetworks: [LOOPBACK], configuredUrls: [], resolve, ...options });
    guards.push(guard);
    return guard;
  };

  const serve = async (listener: RequestListener): Promise<{ server: Server; port: number; url: string }> => {
    const server = createServer(listener);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { server, port, url: `http://127.0.0.1:${port}` };
  };

  afterEach(async () => {
    await Promise.all(guards.splice(0).map((guard) => guard.close()));
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  it('sends method, path, query, headers and body, and returns status, headers and body', async () => {
    const { url } = await serve(async (request, response) => {
      response.writeHead(201, { 'X-One': ['a', 'b'] });
      response.end(`${request.method} ${request.url} ${request.headers['content-type']} ${await text(request)}`);
    });
    const answer = await openGuard().request(`${url}/v2/plant?a=%ff`, {
      method: 'POST',
      body: Buffer.from('de'),
      headers: { 'Content-Type': 'application/x-bencode' },
      maxBytes: 100,
    });
    expect(answer.status).to.equal(201);
    expect(answer.headers).to.include({ 'x-one': 'a, b' });
    expect(answer.body.toString()).to.equal('POST /v2/plant?a=%ff application/x-bencode de');
  });

  describe('addresses', () => {
    for (const host of [
      '127.0.0.1',
      '127.255.255.254',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '%31%32%37.0.0.1',
      '１２７.0.0.1',
      '0',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '169.254.169.254',
      '224.0.0.1',
      '255.255.255.255',
      '[::]',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:a9fe:a9fe]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '[fe80::1]',
      '[fd00::1]',
      '[ff02::1]',
    ]) {
      it(`refuses http://${host}/ without looking anything up`, async () => {
        const error = await failureOf(openGuard({ allowNetworks: [] }).request(`http://${host}/`, GET));
        expect(error).to.be.instanceOf(PublicError).with.property('code', 'address');
        expect(error)
          .property('message')
          .to.match(/is not a public address: allow it with --allow-network /);
      });
    }

    it('names the network that would allow a usual address', async () => {
      const error = await failureOf(openGuard({ allowNetworks: [] }).request('http://127.0.0.1:1/', GET));
      expect(error)
        .property('message')
        .to.equal('127.0.0.1 is not a public address: allow it with --allow-network 127.0.0.0/8');
    });

    for (const addresses of [
      ['10.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['93.184.216.34', '192.168.0.1'],
      ['nonsense'],
    ]) {
      it(`refuses a name that resolves to ${addresses.join(' and ')}, and tells strangers no address`, async () => {
        const resolve: Resolve = async () => addresses.map((address) => ({ address, family: 4 }));
        const error = await failureOf(openGuard({ allowNetworks: [], resolve }).request('http://tracker.test/', GET));
        expect(error).to.be.instanceOf(PublicError).with.property('code', 'address');
        expect(error)
          .property('message')
          .to.equal('tracker.test resolves to an address that is not public: --allow-network allows one');
        expect(error).property('cause').property('message').to.include(addresses.at(-1));
      });
    }

    it('connects to the very address that was checked', async () => {
      const { port } = await serve((_request, response) => response.end('here'));
      let lookups = 0;
      const resolve: Resolve = async () => [{ address: lookups++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
      const { body } = await openGuard({ resolve }).request(`http://tracker.test:${port}/`, GET);
      expect(body.toString()).to.equal('here');
      expect(lookups).to.equal(1);
    });

    it('checks again for each connection, so that an answer that flips is refused', async () => {
      const { port } = await serve((_request, response) => response.setHeader('Connection', 'close').end('here'));
      const addresses = ['127.0.0.1', '10.0.0.1'];
      const guard = openGuard({ resolve: async () => [{ address: addresses.shift()!, family: 4 }] });
      const url = `http://tracker.test:${port}/`;
      expect((await guard.request(url, GET)).body.toString()).to.equal('here');
      expect(await failureOf(guard.request(url, GET)))
        .to.be.instanceOf(PublicError)
        .with.property('code', 'address');
    });

    it('calls what the operator named wherever it is, by number or by name, and nothing else on that host', async () => {
      const { port, url } = await serve((_request, response) => response.end('here'));
      const named = `http://tracker.test:${port}`;
      const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
      const guard = openGuard({ allowNetworks: [], configuredUrls: [url, named], resolve });
      expect((await guard.request(`${url}/v2/ping`, GET)).status).to.equal(200);
      expect((await guard.request(`${named}/v2/ping`, GET)).status).to.equal(200);
      expect(await failureOf(guard.request(`http://127.0.0.1:${port + 1}/`, GET))).to.be.instanceOf(PublicError);
      expect(await failureOf(guard.request(`http://tracker.test:${port + 1}/`, GET))).to.be.instanceOf(PublicError);
    });
  });

  for (const [url, message] of [
    ['ftp://93.184.216.34/', 'ftp: URLs are not called'],
    ['file:///etc/passwd', 'file: URLs are not called'],
    ['udp://93.184.216.34:80', 'udp: URLs are not called'],
    ['http://user@93.184.216.34/', 'URLs with a user name'],
    ['http://:word@93.184.216.34/', 'URLs with a user name'],
    ['93.184.216.34:80', 'not a URL'],
    ['http://', 'not a URL'],
    [`http://93.184.216.34/${'a'.repeat(2048)}`, 'not a URL'],
  ] as const) {
    it(`refuses ${url.slice(0, 40)}`, async () => {
      const error = await failureOf(openGuard().request(url, GET));
      expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes(message);
    });
  }

  it('does not follow redirects', async () => {
    const paths: (string | undefined)[] = [];
    const { url } = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    const { status, headers } = await openGuard().request(`${url}/first`, GET);
    expect([status, headers.location]).to.deep.equal([302, '/elsewhere']);
    expect(paths).to.deep.equal(['/first']);
  });

  it('takes a body of exactly the limit', async () => {
    const { url } = await serve((_request, response) => response.end(Buffer.alloc(1000)));
    expect((await openGuard().request(url, GET)).body).to.have.length(1000);
  });

  it('ends the connection when the body passes the limit, without reading on', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await serve((_request, response) => {
      response.on('close', closed.resolve);
      const fill = (): void => {
        while (response.write(Buffer.alloc(500)));
        response.once('drain', fill);
      };
      fill();
    });
    const error = await failureOf(openGuard().request(url, GET));
    expect(error).to.be.instanceOf(RequestError).with.property('code', 'too-large');
    expect(error).property('message').to.equal(`${url}: answered with more than 1000 bytes`);
    await closed.promise;
  });

  it('gives up on a server that only announces its answer, again and again', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await serve(({ socket }) => {
      socket.once('close', closed.resolve);
      const fill = (): void => {
        while (socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)));
        socket.once('drain', fill);
      };
      fill();
    });
    const error = await failureOf(openGuard().request(url, GET));
    expect(error).to.be.instanceOf(RequestError).with.property('code', 'broken');
    expect(error).property('message').to.equal(`${url}: announced its answer more than 16 times`);
    await closed.promise;
  });

  for (const [what, listener] of [
    ['no answer', () => {}],
    ['half an answer', (_request, response) => void response.write('half')],
  ] as const satisfies readonly (readonly [string, RequestListener])[]) {
    it(`gives up on ${what} when the time is over`, async () => {
      const { url } = await serve(listener);
      const error = await failureOf(openGuard({ totalTimeoutMs: 20 }).request(url, GET));
      expect(error).to.be.instanceOf(RequestError).with.property('code', 'timeout');
      expect(error).property('message').to.equal(`${url}: no answer within 20 ms`);
    });
  }

  it('gives a single call its own time', async () => {
    const { url } = await serve(() => {});
    const error = await failureOf(openGuard().request(url, { ...GET, timeoutMs: 10 }));
    expect(error).property('message').to.equal(`${url}: no answer within 10 ms`);
  });

  it('says plainly that connecting takes too long, the look-up included', async () => {
    const guard = openGuard({ connectTimeoutMs: 10, resolve: () => new Promise(() => {}) });
    const error = await failureOf(guard.request('http://tracker.test/', GET));
    expect(error).to.be.instanceOf(RequestError).with.property('code', 'timeout');
    expect(error).property('message').to.equal('http://tracker.test: connecting timed out');
  });

  it('says plainly that a connection is refused', async () => {
    const { server, url } = await serve(() => {});
    server.close();
    await once(server, 'close');
    const error = await failureOf(openGuard().request(url, GET));
    expect(error).to.be.instanceOf(RequestError).with.property('code', 'unreachable');
    expect(error).property('message').to.equal(`${url}: connection refused`);
  });

  it('says plainly that a connection broke', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    const error = await failureOf(openGuard().request(url, GET));
    expect(error).to.be.instanceOf(RequestError).with.property('code', 'broken');
  });

  it('says plainly that a name does not exist', async () => {
    const resolve: Resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    const error = await failureOf(openGuard({ resolve }).request('http://tracker.test/', GET));
    expect(error).property('message').to.equal('http://tracker.test: no such host name');
  });

  it('throws the reason of a signal, before and during a call', async () => {
    const controller = new AbortController();
    const { url } = await serve(() => controller.abort(new Error('stopping')));
    const guard = openGuard();
    for (const moment of ['during', 'before']) {
      const error = await failureOf(guard.request(url, { ...GET, signal: controller.signal }));
      expect(error, moment).to.be.an('error').with.property('message', 'stopping');
    }
  });

  it('opens at most four connections to one server', async () => {
    const waiting: (() => void)[] = [];
    const { server, url } = await serve((_request, response) => {
      waiting.push(() => response.end());
      if (waiting.length === 4) for (const answer of waiting.splice(0)) answer();
    });
    let connections = 0;
    server.on('connection', () => connections++);
    const guard = openGuard();
    await Promise.all(Array.from({ length: 12 }, () => guard.request(url, GET)));
    expect(connections).to.equal(4);
  });

  it('fails what is in progress on close, and leaves no connection', async () => {
    const arrived = Promise.withResolvers<void>();
    const { server, url } = await serve(() => arrived.resolve());
    const guard = openGuard();
    const ended = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
    const failure = failureOf(guard.request(url, GET));
    await arrived.promise;
    await guard.close();
    expect(await failure).to.be.instanceOf(RequestError);
    await ended;
  });
});
