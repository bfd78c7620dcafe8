// A tracker over UDP (BEP 15): a connection id first, then one datagram per question, sent again while nothing comes.

import { createSocket, type Socket } from 'node:dgram';
import { PublicError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type {
  AnnounceCall,
  AnnounceReply,
  RefusalReply,
  ScrapeReply,
} from '../../shared/protocol/tracker/tracker-calls.ts';
import {
  type ConnectReply,
  readUdpAnnounce,
  readUdpConnect,
  readUdpScrape,
  readUdpTransaction,
  udpAnnounceCall,
  udpConnectCall,
  udpScrapeCall,
} from '../../shared/protocol/tracker/udp-calls.ts';
import { type Traced, type TrackerClient, type TrackerClientOptions, TrackerError } from './tracker-client.ts';

export interface UdpTrackerOptions extends TrackerClientOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/** Takes the answer, what failed, or undefined when nothing came in time. */
type Settle = (result: Buffer | Error | undefined) => void;

/**
 * BEP 15 waits 15 s, then twice as long each time, up to an hour. Here the first wait is such that so many attempts fit
 * the caller's patience.
 */
const ATTEMPTS = 3;
const WAIT_PARTS = 2 ** ATTEMPTS - 1;
/** BEP 15: a client uses an id for one minute after it got it. */
const CONNECTION_ID_MS = 60_000;
const NO_REDIRECTS = { redirects: [] };

export class UdpTracker implements TrackerClient {
  readonly scrape: NonNullable<TrackerClient['scrape']>;
  readonly #options: UdpTrackerOptions;
  readonly #urlData: string;
  #socket: Promise<Socket> | undefined;
  #connection: { readonly reply: ConnectReply; readonly until: number } | undefined;
  /** Questions under way, by their transactions. */
  readonly #waiting = new Map<number, Settle>();
  /** Datagrams that answered no question of ours. */
  #strays = 0;

  constructor(options: UdpTrackerOptions) {
    this.#options = options;
    const { pathname, search } = options.url;
    this.#urlData = pathname === '/' && search === '' ? '' : pathname + search;
    this.scrape = (hashes) => this.#scrape(hashes);
  }

  async announce(call: AnnounceCall): Promise<Traced<AnnounceReply | RefusalReply>> {
    const { family } = this.#options.target;
    return this.#call(
      (id, transaction) => udpAnnounceCall(id, transaction, call, this.#urlData),
      (bytes) => readUdpAnnounce(bytes, family),
    );
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    this.#fail(new TrackerError('silent', 'closed'));
    this.#socket = undefined;
    socket?.close();
  }

  #scrape(hashes: readonly InfoHash[]): Promise<Traced<ScrapeReply | RefusalReply>> {
    return this.#call(
      (id, transaction) => udpScrapeCall(id, transaction, hashes),
      (bytes) => readUdpScrape(bytes, hashes.length),
    );
  }

  async #call<Reply extends { readonly kind: string }>(
    write: (id: Buffer, transaction: number) => Buffer,
    read: (bytes: Buffer) => Reply | RefusalReply,
  ): Promise<Traced<Reply | RefusalReply>> {
    const connected = await this.#connect();
    if (connected.kind === 'refused') return { ...connected, ...NO_REDIRECTS };
    const connection = this.#connection;
    // A refusal or silence may be about the id: then the next question begins with a new one.
    this.#connection = undefined;
    const reply = await this.#ask((transaction) => write(connected.connectionId, transaction), read);
    if (reply.kind !== 'refused') this.#connection = connection;
    return { ...reply, ...NO_REDIRECTS };
  }

  async #connect(): Promise<ConnectReply | RefusalReply> {
    const now = this.#options.clock.now();
    if (this.#connection !== undefined && now < this.#connection.until) return this.#connection.reply;
    const reply = await this.#ask(udpConnectCall, readUdpConnect);
    if (reply.kind === 'connected') this.#connection = { reply, until: now + CONNECTION_ID_MS };
    return reply;
  }

  async #ask<Reply>(write: (transaction: number) => Buffer, read: (bytes: Buffer) => Reply): Promise<Reply> {
    const { random, timeoutMs } = this.#options;
    const socket = await this.#open();
    const transaction = random.uint32();
    const question = write(transaction);
    this.#strays = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = this.#answer(transaction, (timeoutMs * 2 ** attempt) / WAIT_PARTS);
      socket.send(question, (error) => error !== null && this.#waiting.get(transaction)?.(socketFailure(error)));
      const bytes = await answer;
      if (bytes !== undefined) return understand(bytes, read);
    }
    const strays = this.#strays === 0 ? '' : `, but ${this.#strays} datagrams that answer something else`;
    throw new TrackerError('silent', `no answer to ${ATTEMPTS} datagrams within ${timeoutMs} ms${strays}`);
  }

  /** undefined when nothing came in time. */
  #answer(transaction: number, waitMs: number): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const settle: Settle = (result) => {
        clearTimeout(timer);
        this.#waiting.delete(transaction);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const timer = setTimeout(() => settle(undefined), waitMs);
      this.#waiting.set(transaction, settle);
    });
  }

  #fail(error: TrackerError): void {
    for (const settle of [...this.#waiting.values()]) settle(error);
  }

  #open(): Promise<Socket> {
    this.#socket ??= this.#bind();
    return this.#socket;
  }

  async #bind(): Promise<Socket> {
    try {
      const socket = await connectSocket(this.#options);
      socket.on('error', (error) => this.#fail(socketFailure(error)));
      socket.on('message', (bytes) => {
        const settle = this.#waiting.get(readUdpTransaction(bytes) ?? -1);
        if (settle === undefined) this.#strays++;
        else settle(bytes);
      });
      return socket;
    } catch (error) {
      this.#socket = undefined;
      throw error;
    }
  }
}

/** Connected, so that datagrams of strangers are dropped and a closed port is told at once. */
function connectSocket({ url, target }: UdpTrackerOptions): Promise<Socket> {
  const socket = createSocket(target.family === 4 ? 'udp4' : 'udp6');
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.close();
      reject(socketFailure(error));
    };
    socket.once('error', fail);
    // A callback would be called with the error, and 'error' would not be told.
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
    socket.connect(Number(url.port), target.address);
  });
}

function understand<Reply>(bytes: Buffer, read: (bytes: Buffer) => Reply): Reply {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof PublicError) throw new TrackerError('broken', error.message, error);
    throw error;
  }
}

function socketFailure(error: Error): TrackerError {
  const code = 'code' in error ? String(error.code) : '';
  const reason = code === 'ECONNREFUSED' ? 'nothing listens on that port' : error.message;
  return new TrackerError('unreachable', reason, error);
}
