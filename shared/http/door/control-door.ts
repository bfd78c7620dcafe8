// The control plane's half of the HTTP port: a node:http server that never listens and is given sockets instead.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NetworkSet } from '../../protocol/addresses/networks.ts';
import { HEAD_ANNOUNCE, HEAD_OTHER, HEAD_SCRAPE, type HeadKind } from '../../protocol/tracker/http-head.ts';
import { headerText } from '../client-address.ts';
import { ClientAddress } from './client-address.ts';
import type { TrackerAnswers } from './tracker-answers.ts';

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
  readonly answers: TrackerAnswers;
  readonly trustedProxies: NetworkSet | undefined;
  /** From the first byte of a request until its head is complete. */
  readonly headTimeoutMs: number;
  /** For the next request, and for the other side to read more of an answer. */
  readonly idleTimeoutMs: number;
  now(): number;
}

/** From the first byte of a request until its body is complete. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Node.js looks for overdue connections no oftener than this; its own 30 s would triple the shortest limit. */
const OVERDUE_CHECK_MS = 2000;
/** Requests of one connection that wait for their answers: clients and proxies send one at a time, and all would be answered in one go. */
const MAX_PIPELINED = 16;
/** What a target in absolute form (RFC 9112, 3.2.2) has before its path. */
const ORIGIN = /^https?:\/\/[^/?]+(?=\/)/i;

export class ControlDoor {
  readonly #options: ControlDoorOptions;
  readonly #server: Server;
  readonly #waiting = new WeakMap<Socket, number>();
  #isDraining = false;

  constructor(options: ControlDoorOptions) {
    this.#options = options;
    const { webSockets, headTimeoutMs, idleTimeoutMs } = options;
    const limits = {
      headersTimeout: headTimeoutMs,
      requestTimeout: Math.max(headTimeoutMs, REQUEST_TIMEOUT_MS),
      keepAliveTimeout: idleTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: Math.min(OVERDUE_CHECK_MS, headTimeoutMs),
      shouldUpgradeCallback: (request: IncomingMessage) => webSockets !== undefined && wantsWebSocket(request),
    };
    this.#server = createServer(limits, this.#onRequest);
    // Else whoever asks and does not read keeps the answer in memory for ever. A long poll waits for less.
    this.#server.setTimeout(idleTimeoutMs);
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
    if (!this.#awaits(response, request.socket)) {
      request.socket.destroy();
      return;
    }
    if (this.#isDraining) response.setHeader('Connection', 'close');
    const target = request.url!.replace(ORIGIN, '');
    const kind = request.method === 'GET' ? kindOf(target) : HEAD_OTHER;
    if (kind === HEAD_OTHER) this.#options.control(request, response);
    else this.#answer(kind, target, request, response);
  };

  /** Counts an answer that the connection waits for; false when there are too many. */
  #awaits(response: ServerResponse, socket: Socket): boolean {
    const waiting = this.#waiting.get(socket) ?? 0;
    if (waiting === MAX_PIPELINED) return false;
    this.#waiting.set(socket, waiting + 1);
    response.once('close', () => this.#waiting.set(socket, this.#waiting.get(socket)! - 1));
    return true;
  }

  /** Proxies send announces and other requests over one connection: such an announce is answered here. */
  #answer(kind: HeadKind, target: string, request: IncomingMessage, response: ServerResponse): void {
    const { answers, trustedProxies, now } = this.#options;
    const client = new ClientAddress(request.socket.remoteAddress ?? '', trustedProxies);
    client.writeForwarded(headerText(request.headers['x-forwarded-for']), answers.request);
    answers.answer(kind, Buffer.from(target, 'latin1'), now(), response);
  }
}

/** Other protocols, such as the `h2c` that some HTTP clients offer, may be ignored (RFC 9110, 7.8). */
function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function kindOf(target: string): HeadKind {
  if (target === '/announce' || target.startsWith('/announce?')) return HEAD_ANNOUNCE;
  return target.startsWith('/scrape?') ? HEAD_SCRAPE : HEAD_OTHER;
}
