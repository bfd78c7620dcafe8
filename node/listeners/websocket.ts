// The WebSocket door: introduces WebTorrent's clients to each other on connections that the HTTP door hands over.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import { REFUSALS } from '../../shared/protocol/refusal.ts';
import { EVENT_STOPPED, ScrapeCounts } from '../../shared/protocol/tracker-messages.ts';
import {
  formatAnnounce,
  formatAnswer,
  formatFailure,
  formatOffer,
  formatScrape,
  MAX_WEBSOCKET_MESSAGE_BYTES,
  readWebSocketMessage,
  type WebSocketAnnounce,
  type WebSocketAnswer,
  type WebSocketScrape,
} from '../../shared/protocol/websocket-messages.ts';
import type { UpgradeHandler } from './control-door.ts';
import type { TrackerDoor } from './http-answers.ts';
import { SocketSwarms } from './websocket-swarms.ts';

export interface WebSocketLimits {
  readonly maxSockets: number;
  /** In all swarms. */
  readonly maxPeers: number;
  readonly maxTorrentsPerSocket: number;
  /** A client that sends more is disconnected. */
  readonly maxMessagesPerTenSeconds: number;
  /** A client that does not read what it is sent is disconnected when so much waits. */
  readonly maxWaitingBytes: number;
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

export interface WebSocketListenerOptions {
  readonly tracker: Pick<TrackerDoor, 'scrape'>;
  /** Whether announces of this torrent are served; false is answered with a failure. */
  readonly isServed: (infoHash: InfoHash) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<WebSocketLimits>;
}

export interface WebSocketListener extends UpgradeHandler {
  readonly stats: { readonly sockets: number; readonly peers: number };
}

/** Introductions only work while both are there, so clients come back every two minutes. */
const INTERVAL_SECONDS = 120;
const RATE_WINDOW_MS = 10_000;
const PATHS = new Set(['/', '/announce']);

const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
const CLOSE_TRY_LATER = 1013;

export function createWebSocketListener(options: WebSocketListenerOptions): WebSocketListener {
  return new WebSocketDoor(options);
}

/** What is known of one connection. */
class Client {
  readonly socket: WebSocket;
  /** Its peer id by torrent. */
  readonly peerIds = new Map<string, string>();
  isAlive = true;
  windowStartMs = 0;
  messagesInWindow = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
  }
}

class WebSocketDoor implements WebSocketListener {
  readonly #options: WebSocketListenerOptions;
  readonly #limits: WebSocketLimits;
  readonly #server: WebSocketServer;
  readonly #swarms: SocketSwarms<Client>;
  readonly #clients = new Set<Client>();
  readonly #heartbeatTimer: NodeJS.Timeout;

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_WEBSOCKET_LIMITS, ...options.limits };
    this.#swarms = new SocketSwarms(options.random);
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_WEBSOCKET_MESSAGE_BYTES,
    });
    this.#heartbeatTimer = setInterval(() => this.#checkHeartbeats(), this.#limits.heartbeatMs).unref();
  }

  get stats(): { sockets: number; peers: number } {
    return { sockets: this.#clients.size, peers: this.#swarms.count };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url!.split('?', 1)[0]!;
    if (!PATHS.has(path)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket));
  }

  /** Clients come back elsewhere or later. */
  close(): void {
    clearInterval(this.#heartbeatTimer);
    for (const { socket } of this.#clients) socket.close(CLOSE_GOING_AWAY);
    this.#server.close();
  }

  destroy(): void {
    for (const { socket } of this.#clients) socket.terminate();
  }

  #accept(socket: WebSocket): void {
    socket.on('error', ignore);
    if (this.#clients.size >= this.#limits.maxSockets) {
      socket.close(CLOSE_TRY_LATER);
      return;
    }
    const client = new Client(socket);
    this.#clients.add(client);
    socket.on('message', (data: Buffer) => this.#onMessage(client, data));
    socket.on('pong', () => {
      client.isAlive = true;
    });
    socket.on('close', () => this.#forget(client));
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    for (const [infoHash, peerId] of client.peerIds) this.#swarms.leave(infoHash, peerId, client);
  }

  #onMessage(client: Client, data: Buffer): void {
    client.isAlive = true;
    const message = this.#isTooFast(client) ? undefined : readWebSocketMessage(data.toString());
    switch (message?.kind) {
      case 'announce':
        this.#announce(client, message);
        break;
      case 'answer':
        this.#passAnswer(client, message);
        break;
      case 'scrape':
        this.#scrape(client, message);
        break;
      default:
        client.socket.close(CLOSE_POLICY);
    }
  }

  #announce(client: Client, { infoHash, peerId, event, isSeeder, offers }: WebSocketAnnounce): void {
    const previousId = client.peerIds.get(infoHash);
    if (previousId !== undefined) this.#swarms.leave(infoHash, previousId, client);
    client.peerIds.delete(infoHash);
    if (event === EVENT_STOPPED) {
      this.#answerCounts(client, infoHash);
      return;
    }
    const refusal = this.#findRefusal(client, infoHash);
    if (refusal !== undefined) {
      this.#send(client, formatFailure(infoHash, refusal.message));
      return;
    }
    this.#swarms.enter(infoHash, peerId, client, isSeeder);
    client.peerIds.set(infoHash, peerId);
    this.#answerCounts(client, infoHash);
    const asker = this.#swarms.find(infoHash, peerId)!;
    const chosen = this.#swarms.choose(infoHash, asker, offers.length);
    for (const [i, peer] of chosen.entries()) this.#send(peer.client, formatOffer(infoHash, peerId, offers[i]!));
  }

  #findRefusal(client: Client, infoHash: string): { readonly message: string } | undefined {
    const { maxPeers, maxTorrentsPerSocket } = this.#limits;
    if (!this.#options.isServed(Buffer.from(infoHash, 'latin1').toString('hex'))) return REFUSALS.unknownTorrent;
    if (client.peerIds.size >= maxTorrentsPerSocket) return REFUSALS.tooManyHashes;
    return this.#swarms.count >= maxPeers ? REFUSALS.full : undefined;
  }

  #answerCounts(client: Client, infoHash: string): void {
    const { seeders, leechers } = this.#swarms.counts(infoHash);
    this.#send(client, formatAnnounce(infoHash, INTERVAL_SECONDS, seeders, leechers));
  }

  /** Only under the id that the sender announced; to somebody who has gone, to nobody. */
  #passAnswer(client: Client, { infoHash, peerId, toPeerId, offer }: WebSocketAnswer): void {
    if (client.peerIds.get(infoHash) !== peerId) return;
    const receiver = this.#swarms.find(infoHash, toPeerId);
    if (receiver !== undefined) this.#send(receiver.client, formatAnswer(infoHash, peerId, offer));
  }

  /** Counts of those reached over sockets and of all others together. */
  #scrape(client: Client, { infoHashes }: WebSocketScrape): void {
    const files = new Map<string, ScrapeCounts>();
    for (const infoHash of infoHashes) {
      const counts = new ScrapeCounts();
      this.#options.tracker.scrape(Buffer.from(infoHash, 'latin1'), 0, counts);
      const { seeders, leechers } = this.#swarms.counts(infoHash);
      counts.seeders += seeders;
      counts.leechers += leechers;
      files.set(infoHash, counts);
    }
    this.#send(client, formatScrape(files));
  }

  #send({ socket }: Client, text: string): void {
    if (socket.bufferedAmount > this.#limits.maxWaitingBytes) socket.terminate();
    else socket.send(text, ignore);
  }

  #isTooFast(client: Client): boolean {
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
