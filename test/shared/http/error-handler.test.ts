import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express, { type Express } from 'express';
import { PublicError } from '../../../shared/errors.ts';
import { handleErrors, notFound } from '../../../shared/http/error-handler.ts';
import { ClockError } from '../../../shared/protocol/records/envelope.ts';

describe('shared/http/error-handler.ts', () => {
  let server: Server;
  let url: string;
  let logged: unknown[];

  const serve = async (routes: (app: Express) => void): Promise<void> => {
    const app = express();
    routes(app);
    app.use(notFound);
    app.use(handleErrors({ error: (...args: unknown[]) => logged.push(args) }));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const throwing = (error: unknown): Promise<void> =>
    serve((app) => {
      app.get('/', () => {
        throw error;
      });
    });
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  beforeEach(() => {
    logged = [];
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it('tells a PublicError with its status, bencoded, and logs nothing', async () => {
    await throwing(new PublicError('not-allocated', 'no', { status: 403 }));
    const { status, headers, body } = await get('/');
    expect(status).to.equal(403);
    expect(body).to.equal('d4:code13:not-allocated7:message2:noe');
    expect(headers.get('content-type')).to.equal('application/x-bencode');
    expect(headers.get('content-length')).to.equal(String(body.length));
    expect(headers.get('retry-after')).to.equal(null);
    expect(logged).to.deep.equal([]);
  });

  it('tells when to try again, in the body and in the header', async () => {
    await throwing(new PublicError('busy', 'full', { status: 429, retrySeconds: 30 }));
    const { status, headers, body } = await get('/');
    expect([status, headers.get('retry-after')]).to.deep.equal([429, '30']);
    expect(body).to.equal('d4:code4:busy7:message4:full5:retryi30ee');
  });

  it('tells its own time to a caller whose clock is wrong', async () => {
    await throwing(new ClockError(1_700_000_000_000));
    expect((await get('/')).body).to.match(/^d4:code5:clock7:message\d+:.*3:nowi1700000000000ee$/);
  });

  for (const error of [new Error('secret.sqlite is locked'), 'secret', undefined, null]) {
    it(`tells nothing of ${String(error)}, which goes to the log`, async () => {
      await serve((app) => {
        app.get('/', () => Promise.reject(error));
      });
      const { status, body } = await get('/?token=1');
      expect(status).to.equal(500);
      expect(body).to.equal('d4:code8:internal7:message14:internal errore');
      expect(logged).to.have.length(1);
      expect(JSON.stringify(logged)).to.include('"path":"/"').and.not.include('token');
    });
  }

  it('answers an unknown path with 404', async () => {
    await serve(() => {});
    const { status, body } = await get('/nothing');
    expect(status).to.equal(404);
    expect(body).to.equal('d4:code9:not-found7:message16:no such resourcee');
  });

  it('answers a path that express cannot decode with 400', async () => {
    await serve((app) => {
      app.get('/:name', () => {});
    });
    const { status, body } = await get('/%ff');
    expect(status).to.equal(400);
    expect(body).to.equal('d4:code7:request7:message11:Bad Requeste');
  });

  it('breaks the connection when half an answer is out, so that nobody takes it for a whole one', async () => {
    await serve((app) => {
      app.get('/', (_request, response) => {
        response.write('half');
        throw new Error('late');
      });
    });
    const error = await get('/').catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(TypeError);
    expect(logged).to.have.length(1);
  });
});
