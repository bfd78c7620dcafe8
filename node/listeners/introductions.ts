// What is done with the messages of WebTorrent's clients: swarms are kept, offers and answers passed on.

import type { WebSocket } from 'ws';
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
  type WebSocketAnnounce,
  type WebSocketAnswer,
  type WebSocketMessage,
  type WebSocketScrape,
} from '../../shared/protocol/websocket-messages.ts';
import type { TrackerDoor } from './http-answers.ts';
import { SocketSwarms } from './websocket-swarms.ts';

export interface IntroductionLimits {
  /** In all swarms. */
  readonly maxPeers: number;
  readonly maxTorrentsPerSocket: number;
  /** A client that does not read what it is sent is disconnected when so much waits. */
  readonly maxWaitingBytes: number;
}

export interface IntroductionOptions {
  readonly tracker: Pick<TrackerDoor, 'scrape'>;
  /** Whether announces of this torrent are served; false is answered with a failure. */
  readonly isServed: (infoHash: InfoHash) => boolean;
  readonly random: Random;
}

/** Introductions only work while both are there, so clients come back every two minutes. */
const INTERVAL_SECONDS = 120;

/** What is known of one connection. */
export class SocketClient {
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

/** All swarms of one WebSocket door. */
export class Introductions {
  readonly #options: IntroductionOptions;
  readonly #limits: IntroductionLimits;
  readonly #swarms: SocketSwarms<SocketClient>;

  constructor(options: IntroductionOptions, limits: IntroductionLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#swarms = new SocketSwarms(options.random);
  }

  get peerCount(): number {
    return this.#swarms.count;
  }

  handle(client: SocketClient, message: WebSocketMessage): void {
    switch (message.kind) {
      case 'announce':
        this.#announce(client, message);
        break;
      case 'answer':
        this.#passAnswer(client, message);
        break;
      case 'scrape':
        this.#scrape(client, message);
    }
  }

  /** Takes a client whose connection has ended out of its swarms. */
  forget(client: SocketClient): void {
    for (const [infoHash, peerId] of client.peerIds) this.#swarms.leave(infoHash, peerId, client);
  }

  #announce(client: SocketClient, { infoHash, peerId, event, isSeeder, offers }: WebSocketAnnounce): void {
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

  #findRefusal(client: SocketClient, infoHash: string): { readonly message: string } | undefined {
    const { maxPeers, maxTorrentsPerSocket } = this.#limits;
    if (!this.#options.isServed(Buffer.from(infoHash, 'latin1').toString('hex'))) return REFUSALS.unknownTorrent;
    if (client.peerIds.size >= maxTorrentsPerSocket) return REFUSALS.tooManyHashes;
    return this.#swarms.count >= maxPeers ? REFUSALS.full : undefined;
  }

  #answerCounts(client: SocketClient, infoHash: string): void {
    const { seeders, leechers } = this.#swarms.counts(infoHash);
    this.#send(client, formatAnnounce(infoHash, INTERVAL_SECONDS, seeders, leechers));
  }

  /** Only under the id that the sender announced; to somebody who has gone, to nobody. */
  #passAnswer(client: SocketClient, { infoHash, peerId, toPeerId, offer }: WebSocketAnswer): void {
    if (client.peerIds.get(infoHash) !== peerId) return;
    const receiver = this.#swarms.find(infoHash, toPeerId);
    if (receiver !== undefined) this.#send(receiver.client, formatAnswer(infoHash, peerId, offer));
  }

  /** Counts of those reached over sockets and of all others together. */
  #scrape(client: SocketClient, { infoHashes }: WebSocketScrape): void {
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

  #send({ socket }: SocketClient, text: string): void {
    if (socket.bufferedAmount > this.#limits.maxWaitingBytes) socket.terminate();
    else socket.send(text, ignore);
  }
}

/** A message that fails to leave ends its connection, which tells of itself. */
function ignore(): void {}
