// What the tests of the HTTP door have in common: a tracker that remembers who asked, behind each way to accept connections.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { type HttpListenerOptions, startHttpListener } from '../../../node/listeners/http.ts';
import { loadAddon } from '../../../node/native/addon.ts';
import type { HttpListener } from '../../../shared/http/door/http-door.ts';
import { formatAddress } from '../../../shared/protocol/addresses/endpoint.ts';
import type {
  AnnounceAnswer,
  AnnounceRequest,
  ScrapeCounts,
} from '../../../shared/protocol/tracker/tracker-messages.ts';
import { need } from '../../helpers/needs.ts';
import { RawHttp } from '../../helpers/raw-http.ts';

/** Without a port. */
export const QUERY = 'info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb';

const NOW_MS = 1_800_000_000_999;

/** Answers with the asker's port as the number of seeders. */
class EchoTracker {
  readonly askers: string[] = [];
  readonly times: number[] = [];

  announce(request: AnnounceRequest, answer: AnnounceAnswer, nowSeconds: number): undefined {
    this.askers.push(formatAddress(request.address, request.family));
    this.times.push(nowSeconds);
    Object.assign(answer, { seeders: request.port, intervalSeconds: 1800, minIntervalSeconds: 900 });
    answer.peers4Count = request.numwant;
  }

  expect(): void {}

  scrape(hash: Buffer, offset: number, into: ScrapeCounts): void {
    into.seeders = hash[offset]!;
  }
}

/** A listener at a time, and its clients. */
export class HttpLab {
  tracker = new EchoTracker();
  /** Throws until `start` has resolved. */
  listener!: HttpListener;
  readonly native: boolean;
  readonly #workers: number;
  #clients: RawHttp[] = [];

  constructor(native: boolean, workers: number) {
    this.native = native;
    this.#workers = workers;
  }

  async start(options: Partial<HttpListenerOptions> = {}): Promise<void> {
    const clock = { now: (): number => NOW_MS };
    const place = { host: '127.0.0.1', port: 0, native: this.native, workers: this.#workers };
    this.listener = await startHttpListener({ tracker: this.tracker, clock, control, ...place, ...options });
  }

  async open(localAddress = '127.0.0.1'): Promise<RawHttp> {
    return this.#keep(await RawHttp.connect(this.listener.port, { localAddress }));
  }

  async openTo(host: string): Promise<RawHttp> {
    return this.#keep(await RawHttp.connect(this.listener.port, { host }));
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    this.#clients = [];
    this.tracker = new EchoTracker();
    await this.listener.close(0);
  }

  #keep(client: RawHttp): RawHttp {
    this.#clients.push(client);
    return client;
  }
}

/** Runs tests of node/listeners/http.ts over every way to accept connections. */
export function describeHttp(title: string, tests: (lab: HttpLab) => void): void {
  for (const [name, native, workers] of [
    ['sockets of Node.js', false, 1],
    ['batches of the addon', true, 1],
    ['batches in two threads', true, 2],
  ] as const) {
    describe(`node/listeners/http.ts ${title}, with ${name}`, () => {
      const lab = new HttpLab(native, workers);
      before(function () {
        if (native)
          need(this, loadAddon() !== undefined, 'the addon that npm run build makes where there is a C compiler');
      });
      afterEach(() => lab.end());
      tests(lab);
    });
  }
}

export function announce(port: number, headers = 'Host: x\r\n', version = '1.1'): string {
  return `GET /announce?${QUERY}&port=${port}&numwant=0 HTTP/${version}\r\n${headers}\r\n`;
}

/** What the next answer says; the tracker made it of the asker's port. */
export async function seeders(client: RawHttp): Promise<number> {
  const { head, body } = await client.response();
  expect(head).to.match(/^HTTP\/1.1 200 OK\r\n/);
  return Number(/^d8:completei(\d+)e/.exec(body.toString('latin1'))?.[1]);
}

function control(request: IncomingMessage, response: ServerResponse): void {
  const body = `${request.method} ${request.url}`;
  response.writeHead(200, { 'Content-Length': body.length });
  response.end(body);
}
