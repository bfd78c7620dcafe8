// The control plane's half of the HTTP port: a node:http server that never listens and is given sockets instead.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createHttpServer } from '../../shared/http/listen.ts';
import { HEAD_ANNOUNCE, HEAD_OTHER, HEAD_SCRAPE, type HeadKind } from '../../shared/protocol/http-head.ts';
import type { NetworkSet } from '../../shared/protocol/networks.ts';
import { ClientAddress } from './client-address.ts';
import { type HttpAnswers, MAX_BODY_BYTES } from './http-answers.ts';

/** Takes connections that ask to become a WebSocket; see websocket.ts. */
export interface UpgradeHandler {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all such connections in order. */
  close(): void;
  /** Ends what remains of them at once. */
  destroy(): void;
}

export type ControlHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ControlDoorOptions {
  readonly control: ControlHandler;
  readonly webSockets: UpgradeHandler | undefined;
  readonly answers: HttpAnswers;
  readonly trustedProxies: NetworkSet | undefined;
  readonly idleTimeoutMs: number;
  now(): number;
}

export class ControlDoor {
  readonly #options: ControlDoorOptions;
  readonly #server: Server;
  readonly #scratch = Buffer.allocUnsafeSlow(MAX_BODY_BYTES);
  #isDraining = false;

  constructor(options: ControlDoorOptions) {
    this.#options = options;
    this.#server = createHttpServer(this.#onRequest, { idleTimeoutMs: options.idleTimeoutMs });
    const { webSockets } = options;
    if (webSockets !== undefined) this.#server.on('upgrade', webSockets.upgrade.bind(webSockets));
    this.#server.emit('listening'); // starts the watch over its time-outs, which waits for this event
  }

  /** Takes a socket whose listeners are gone, with what was read of it already. */
  take(socket: Socket, bytes: Buffer): void {
    socket.pause();
    socket.unshift(bytes);
    this.#server.emit('connection', socket);
    socket.resume();
  }

  /** Closes connections that wait for nothing; call it again for those that were waiting for an answer. */
  drain(): void {
    this.#isDraining = true;
    this.#server.closeIdleConnections();
  }

  destroy(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (this.#isDraining) response.setHeader('Connection', 'close');
    const kind = kindOf(request);
    if (kind === HEAD_OTHER) this.#options.control(request, response);
    else this.#answer(kind, request, response);
  };

  /** Proxies send announces and other requests over one connection: such an announce is answered here. */
  #answer(kind: HeadKind, request: IncomingMessage, response: ServerResponse): void {
    const { answers, trustedProxies } = this.#options;
    const client = new ClientAddress(request.socket.remoteAddress ?? '', trustedProxies);
    client.writeForwarded(headerText(request.headers['x-forwarded-for']), answers.request);
    const url = Buffer.from(request.url!, 'latin1');
    const queryStart = url.indexOf('?');
    const start = queryStart === -1 ? url.length : queryStart + 1;
    const nowSeconds = Math.floor(this.#options.now() / 1000);
    const length = answers.write(kind, url, start, url.length, nowSeconds, this.#scratch, 0);
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': length });
    response.end(Buffer.copyBytesFrom(this.#scratch, 0, length));
  }
}

function kindOf(request: IncomingMessage): HeadKind {
  if (request.method !== 'GET') return HEAD_OTHER;
  const url = request.url!;
  if (url === '/announce' || url.startsWith('/announce?')) return HEAD_ANNOUNCE;
  return url.startsWith('/scrape?') ? HEAD_SCRAPE : HEAD_OTHER;
}

/** A header that may have come several times. */
export function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}
