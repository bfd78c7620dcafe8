// What is done with the messages of WebTorrent's clients: swarms are kept, offers and answers passed on.

import type { WebSocket } from 'ws';
import type { Random } from '../../shared/platform/random.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import { REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import {
  type AddressFamily,
  EVENT_COMPLETED,
  EVENT_STOPPED,
  ScrapeCounts,
} from '../../shared/protocol/tracker/tracker-messages.ts';
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
} from '../../shared/protocol/tracker/websocket-messages.ts';
import type { SourceGate } from '../access/source-gate.ts';
import type { PeerKeeper, Tracker } from '../tracker/tracker.ts';
import type { Traffic } from '../tracker/traffic.ts';
import { SocketSwarms } from './websocket-swarms.ts';

export interface IntroductionLimits {
  /** In all swarms. */
  readonly maxPeers: number;
  readonly maxTorrentsPerSocket: number;
  /** A client that does not read what it is sent is disconnected when so much waits. */
  readonly maxWaitingBytes: number;
}

/** What a listener that keeps peers of its own needs of the tracker. */
export type TorrentDoor = Pick<Tracker, 'checkTorrent' | 'countAlso' | 'countDownload' | 'scrape'>;

export interface IntroductionOptions {
  readonly tracker: TorrentDoor;
  /** Turns announces and scrapes away by their sender; without it nobody is. */
  readonly sources?: SourceGate | undefined;
  readonly random: Random;
}

/** Introductions only work while both are there, so clients come back every two minutes. */
const INTERVAL_SECONDS = 120;

/** What is known of one connection. */
export class SocketClient {
  readonly socket: WebSocket;
  /** The first 4 bytes count when the family is 4. */
  readonly address: Uint8Array;
  readonly family: AddressFamily;
  /** Its peer id by torrent. */
  readonly peerIds = new Map<string, string>();
  isAlive = true;
  windowStartMs = 0;
  messagesInWindow = 0;

  constructor(socket: WebSocket, address: Uint8Array, family: AddressFamily) {
    this.socket = socket;
    this.address = address;
    this.family = family;
  }
}

/** All swarms of one WebSocket door. */
export class Introductions implements PeerKeeper {
  readonly #tracker: TorrentDoor;
  readonly #sources: SourceGate | undefined;
  readonly #limits: IntroductionLimits;
  readonly #traffic: Traffic;
  readonly #swarms: SocketSwarms<SocketClient>;

  constructor(options: IntroductionOptions, limits: IntroductionLimits, traffic: Traffic) {
    this.#tracker = options.tracker;
    this.#sources = options.sources;
    this.#limits = limits;
    this.#traffic = traffic;
    this.#swarms = new SocketSwarms(options.random);
    options.tracker.countAlso(this);
  }

  get peerCount(): number {
    return this.#swarms.count;
  }

  addCounts(infoHash: Uint8Array, offset: number, into: ScrapeCounts): void {
    if (this.#swarms.count === 0) return;
    const hash = Buffer.from(infoHash.buffer, infoHash.byteOffset + offset, INFO_HASH_BYTES).toString('latin1');
    const { seeders, leechers } = this.#swarms.counts(hash);
    into.seeders += seeders;
    into.leechers += leechers;
  }

  handle(client: SocketClient, message: WebSocketMessage, nowSeconds: number): void {
    switch (message.kind) {
      case 'announce':
        this.#announce(client, message, nowSeconds);
        break;
      case 'answer':
        this.#passAnswer(client, message);
        break;
      case 'scrape':
        this.#scrape(client, message, nowSeconds);
    }
  }

  /** Takes a client whose connection has ended out of its swarms. */
  forget(client: SocketClient): void {
    for (const [infoHash, peerId] of client.peerIds) this.#swarms.leave(infoHash, peerId, client);
  }

  #announce(client: SocketClient, message: WebSocketAnnounce, nowSeconds: number): void {
    const { infoHash, peerId, event, offers } = message;
    this.#traffic.countAnnounce(client.family);
    if (event === EVENT_STOPPED) {
      this.#leave(client, infoHash);
      this.#answerCounts(client, infoHash);
      return;
    }
    const refusal = this.#checkSource(client, nowSeconds) ?? this.#enter(client, message);
    if (refusal !== undefined) {
      this.#traffic.countRefusal(refusal);
      this.#send(client, formatFailure(infoHash, refusal.message));
      return;
    }
    this.#answerCounts(client, infoHash);
    const asker = this.#swarms.find(infoHash, peerId)!;
    const chosen = this.#swarms.choose(infoHash, asker, offers.length);
    for (const [i, peer] of chosen.entries()) this.#send(peer.client, formatOffer(infoHash, peerId, offers[i]!));
  }

  /** Puts the client into the swarm, in the place of what it was there before; or why not. */
  #enter(client: SocketClient, { infoHash, peerId, event, isSeeder }: WebSocketAnnounce): Refusal | undefined {
    const hash = Buffer.from(infoHash, 'latin1');
    const wasSeeder = this.#leave(client, infoHash);
    const refusal = this.#findRefusal(client, hash);
    if (refusal !== undefined) return refusal;
    const isCompleted = event === EVENT_COMPLETED;
    if (isCompleted && wasSeeder === false) this.#tracker.countDownload(hash, 0);
    this.#swarms.enter(infoHash, peerId, client, isSeeder || isCompleted);
    client.peerIds.set(infoHash, peerId);
    return undefined;
  }

  /** Takes the client out of the swarm; whether it was a seeder, undefined when it was not there. */
  #leave(client: SocketClient, infoHash: string): boolean | undefined {
    const peerId = client.peerIds.get(infoHash);
    if (peerId === undefined) return undefined;
    const peer = this.#swarms.find(infoHash, peerId);
    this.#swarms.leave(infoHash, peerId, client);
    client.peerIds.delete(infoHash);
    return peer?.client === client ? peer.isSeeder : undefined;
  }

  #checkSource({ address, family }: SocketClient, nowSeconds: number): Refusal | undefined {
    return this.#sources?.checkAddress(address, family) ?? this.#sources?.checkRate(address, family, nowSeconds);
  }

  #findRefusal(client: SocketClient, hash: Buffer): Refusal | undefined {
    const { maxPeers, maxTorrentsPerSocket } = this.#limits;
    if (client.peerIds.size >= maxTorrentsPerSocket) return REFUSALS.tooManyHashes;
    return this.#swarms.count >= maxPeers ? REFUSALS.full : this.#tracker.checkTorrent(hash, 0);
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

  /** The same as over other protocols; nothing for a sender who is turned away. */
  #scrape(client: SocketClient, { infoHashes }: WebSocketScrape, nowSeconds: number): void {
    this.#traffic.countScrape(client.family);
    const refusal = this.#checkSource(client, nowSeconds);
    if (refusal !== undefined) {
      this.#traffic.countRefusal(refusal);
      return;
    }
    const files = new Map<string, ScrapeCounts>();
    for (const infoHash of infoHashes) {
      const counts = new ScrapeCounts();
      this.#tracker.scrape(Buffer.from(infoHash, 'latin1'), 0, counts);
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
