// What the tests of the WebSocket door have in common: browsers, and a door with one torrent behind HTTP.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type HttpListenerOptions, startHttpListener } from '../../../node/listeners/http.ts';
import {
  createWebSocketListener,
  type WebSocketListener,
  type WebSocketListenerOptions,
} from '../../../node/listeners/websocket.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import type { HttpListener } from '../../../shared/http/door/http-door.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';
import { until } from '../../helpers/until.ts';

export const HASH = '\xf2\x19<\xc8\xaf\x86W\x1bM\xdf\xed4\xc6\x077%\x97\xe7`&';
export const HASH_HEX = 'f2193cc8af86571b4ddfed34c607372597e76026';

type Message = Record<string, unknown>;

/** A WebTorrent client as the tracker sees it. */
export class Browser {
  readonly socket: WebSocket;
  readonly peerId: string;
  readonly #received: Message[] = [];

  constructor(url: string, name: string, autoPong = true) {
    this.peerId = `-WW0208-${name.padEnd(12, '.')}`;
    this.socket = new WebSocket(url, { autoPong });
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer) => {
      this.#received.push(JSON.parse(data.toString()) as Message);
    });
  }

  send(fields: Message): void {
    this.socket.send(JSON.stringify({ action: 'announce', info_hash: HASH, peer_id: this.peerId, ...fields }));
  }

  announce(fields: Message = {}): Promise<Message> {
    this.send({ left: 5, event: 'started', ...fields });
    return this.next();
  }

  /** The next message not taken yet. */
  next(): Promise<Message> {
    return until(() => this.#received.shift(), { what: `a message to ${this.peerId}` });
  }

  get waiting(): number {
    return this.#received.length;
  }

  async closeCode(): Promise<number> {
    const [code] = await once(this.socket, 'close');
    return code as number;
  }
}

export function offers(count: number): Message {
  return {
    offers: Array.from({ length: count }, (_, i) => ({ offer: { type: 'offer', sdp: `sdp${i}` }, offer_id: `id${i}` })),
  };
}

/** A door at a time, and its browsers. */
export class WebSocketLab {
  readonly tracker = createTestTracker();
  readonly traffic = new Traffic();
  nowMs = 0;
  /** Both throw until `start` has resolved. */
  webSockets!: WebSocketListener;
  http!: HttpListener;
  readonly #browsers: Browser[] = [];

  constructor() {
    this.tracker.carry(HASH_HEX);
  }

  async start(
    { limits = {}, sources }: Pick<Partial<WebSocketListenerOptions>, 'limits' | 'sources'> = {},
    options: Partial<HttpListenerOptions> = {},
  ): Promise<void> {
    const { tracker, traffic } = this;
    const clock = { now: (): number => this.nowMs };
    const webSockets = createWebSocketListener({ tracker, sources, traffic, clock, random: seededRandom(1), limits });
    const control = (): void => {};
    const place = { host: '127.0.0.1', port: 0 };
    this.webSockets = webSockets;
    this.http = await startHttpListener({ tracker, clock, ...place, control, webSockets, ...options });
  }

  urlOf(path: string): string {
    return `ws://127.0.0.1:${this.http.port}${path}`;
  }

  async open(name: string, path = '/announce'): Promise<Browser> {
    const browser = new Browser(this.urlOf(path), name);
    this.#browsers.push(browser);
    await once(browser.socket, 'open');
    return browser;
  }

  async end(): Promise<void> {
    for (const { socket } of this.#browsers) socket.terminate();
    await this.http.close(0);
  }
}
