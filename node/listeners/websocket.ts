// The WebSocket door: introduces WebTorrent's clients to each other on connections that the HTTP door hands over.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { clientAddress, headerText } from '../../shared/http/client-address.ts';
import type { UpgradeHandler } from '../../shared/http/door/control-door.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { IPV6_BYTES, parseAddress } from '../../shared/protocol/addresses/endpoint.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import { MAX_WEBSOCKET_MESSAGE_BYTES, readWebSocketMessage } from '../../shared/protocol/tracker/websocket-messages.ts';
import { Traffic } from '../tracker/traffic.ts';
import { type IntroductionLimits, type IntroductionOptions, Introductions, SocketClient } from './introductions.ts';

export interface WebSocketLimits extends IntroductionLimits {
  readonly maxSockets: number;
  /** A client that sends more is disconnected. */
  readonly maxMessagesPerTenSeconds: number;
  /** A client from which nothing is heard is disconnected after twice this time. */
  readonly heartbeatMs: number;
}

export const DEFAULT_WEBSOCKET_LIMITS: WebSocketLimits = {
  maxSockets: 10_000,
  maxPeers: 200_000,
  maxTorrentsPerSocket: 1000,
  maxMessagesPerTenSeconds: 2000,
  maxWaitingBytes: 1024 * 1024,
  heartbeatMs: 30_000,
};

export interface WebSocketListenerOptions extends IntroductionOptions {
  readonly clock: Clock;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: NetworkSet | undefined;
  /** Where requests are counted, if anybody wants to know. */
  readonly traffic?: Traffic | undefined;
  readonly limits?: Partial<WebSocketLimits>;
}

export interface WebSocketListener extends UpgradeHandler {
  readonly stats: Readonly<WebSocketStats>;
}

export interface WebSocketStats {
  sockets: number;
  /** Closed unread because there are too many. */
  refusedSockets: number;
  /** In all swarms. */
  peers: number;
}

const RATE_WINDOW_MS = 10_000;
const PATHS = new Set(['/', '/announce']);

const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
const CLOSE_TRY_LATER = 1013;

export function createWebSocketListener(options: WebSocketListenerOptions): WebSocketListener {
  return new WebSocketDoor(options);
}

class WebSocketDoor implements WebSocketListener {
  readonly #options: WebSocketListenerOptions;
  readonly #limits: WebSocketLimits;
  readonly #server: WebSocketServer;
  readonly #introductions: Introductions;
  readonly #clients = new Set<SocketClient>();
  readonly #heartbeatTimer: NodeJS.Timeout;
  #refusedSockets = 0;

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_WEBSOCKET_LIMITS, ...options.limits };
    this.#introductions = new Introductions(options, this.#limits, options.traffic ?? new Traffic());
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: MAX_WEBSOCKET_MESSAGE_BYTES,
    });
    this.#heartbeatTimer = setInterval(() => this.#checkHeartbeats(), this.#limits.heartbeatMs).unref();
  }

  get stats(): WebSocketStats {
    const refusedSockets = this.#refusedSockets;
    return { sockets: this.#clients.size, refusedSockets, peers: this.#introductions.peerCount };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url!.split('?', 1)[0]!;
    if (!PATHS.has(path)) {
      socket.once('finish', () => socket.destroy()); // nobody else waits for the end of the other side
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#accept(webSocket, request);
    });
  }

  /** Clients come back elsewhere or later. */
  close(): void {
    clearInterval(this.#heartbeatTimer);
    for (const socket of this.#server.clients) socket.close(CLOSE_GOING_AWAY);
    this.#server.close();
  }

  destroy(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  /** Writes the client's address into 16 bytes. */
  #readAddress(request: IncomingMessage, into: Uint8Array): AddressFamily {
    const { trustedProxies } = this.#options;
    const nearest = request.socket.remoteAddress ?? '';
    const forwardedFor = headerText(request.headers['x-forwarded-for']);
    const address = trustedProxies === undefined ? nearest : clientAddress(nearest, forwardedFor, trustedProxies);
    return parseAddress(address, into) === 6 ? 6 : 4;
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    socket.on('error', ignore);
    if (this.#clients.size >= this.#limits.maxSockets) {
      this.#refusedSockets++;
      socket.close(CLOSE_TRY_LATER);
      return;
    }
    const address = new Uint8Array(IPV6_BYTES);
    const client = new SocketClient(socket, address, this.#readAddress(request, address));
    this.#clients.add(client);
    socket.on('message', (data: Buffer) => this.#onMessage(client, data));
    socket.on('pong', () => {
      client.isAlive = true;
    });
    socket.on('close', () => this.#forget(client));
  }

  #forget(client: SocketClient): void {
    this.#clients.delete(client);
    this.#introductions.forget(client);
  }

  #onMessage(client: SocketClient, data: Buffer): void {
    client.isAlive = true;
    const message = this.#isTooFast(client) ? undefined : readWebSocketMessage(data.toString());
    if (message === undefined) client.socket.close(CLOSE_POLICY);
    else this.#introductions.handle(client, message, Math.floor(this.#options.clock.now() / 1000));
  }

  #isTooFast(client: SocketClient): boolean {
    const nowMs = this.#options.clock.now();
    if (nowMs - client.windowStartMs >= RATE_WINDOW_MS) {
      client.windowStartMs = nowMs;
      client.messagesInWindow = 0;
    }
    client.messagesInWindow++;
    return client.messagesInWindow > this.#limits.maxMessagesPerTenSeconds;
  }

  #checkHeartbeats(): void {
    for (const client of this.#clients) {
      if (client.isAlive) {
        client.isAlive = false;
        client.socket.ping(ignore);
      } else client.socket.terminate();
    }
  }
}

/** What fails on a connection ends it: 'close' follows. */
function ignore(): void {}
