import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import express, { type Request, type Response } from 'express';
import { oneEachTurn } from '../../../shared/http/turns.ts';
import { RawHttp } from '../../helpers/raw-http.ts';
import { until } from '../../helpers/until.ts';

const REQUESTS = 20;

describe('shared/http/turns.ts', () => {
  let server: Server;
  let port: number;
  let turn: number;
  let isCounting: boolean;
  /** The turn of the event loop in which each request began. */
  let begun: number[];

  beforeEach(async () => {
    [turn, isCounting, begun] = [0, true, []];
    const count = (): void => {
      turn++;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    const app = express();
    app.use(oneEachTurn());
    app.get('/', (_request, response) => {
      begun.push(turn);
      response.send('answer');
    });
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    isCounting = false;
    server.close();
    server.closeAllConnections();
  });

  it('has each of many requests that come at once begin in a turn of its own', async () => {
    const answers = Array.from({ length: REQUESTS }, async () => {
      const [response] = await once(get({ host: '127.0.0.1', port, agent: false }), 'response');
      return text(response);
    });
    expect(await Promise.all(answers)).to.deep.equal(Array(REQUESTS).fill('answer'));
    expect(new Set(begun).size).to.equal(REQUESTS);
  });

  it('does nothing for those who have gone', async () => {
    const handler = oneEachTurn();
    const app = express();
    const held: [Request, Response, () => void][] = [];
    app.use((request, response, next) => void held.push([request, response, next]));
    server.removeAllListeners('request').on('request', app);
    const [gone, there] = [await RawHttp.connect(port), await RawHttp.connect(port)];
    gone.send('GET /gone HTTP/1.1\r\nHost: x\r\n\r\n');
    there.send('GET /there HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 2);
    gone.socket.destroy();
    await once(held.find(([{ url }]) => url === '/gone')![1], 'close');
    const answered: string[] = [];
    for (const [request, response] of held) handler(request, response, () => answered.push(request.url));
    await until(() => answered.includes('/there'));
    expect(answered).to.deep.equal(['/there']);
    there.socket.destroy();
  });
});
