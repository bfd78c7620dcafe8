// A tracker over WebSocket, as WebTorrent speaks it: one connection for all questions of one client.

import type { LookupFunction } from 'node:net';
import { WebSocket } from 'ws';
import { PublicError } from '../../shared/errors.ts';
import { requestFailure } from '../../shared/http/request-error.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type {
  AnnounceCall,
  AnnounceReply,
  RefusalReply,
  ScrapeReply,
} from '../../shared/protocol/tracker/tracker-calls.ts';
import {
  readWebSocketAnnounce,
  readWebSocketScrape,
  webSocketAnnounceCall,
  webSocketScrapeCall,
} from '../../shared/protocol/tracker/websocket-calls.ts';
import {
  type Traced,
  type TrackerAddress,
  type TrackerClient,
  type TrackerClientOptions,
  TrackerError,
} from './tracker-client.ts';

interface Waiting {
  /** Of a message that is about something else nothing is taken. */
  readonly take: (text: string) => void;
  readonly fail: (error: Error) => void;
}

const MAX_MESSAGE_BYTES = 256 * 1024;
const NO_REDIRECTS = { redirects: [] };

export class WebSocketTracker implements TrackerClient {
  readonly scrape: NonNullable<TrackerClient['scrape']>;
  readonly #options: TrackerClientOptions;
  #socket: Promise<WebSocket> | undefined;
  #waiting: Waiting | undefined;

  constructor(options: TrackerClientOptions) {
    this.#options = options;
    this.scrape = (hashes) => this.#scrape(hashes);
  }

  announce(call: AnnounceCall): Promise<Traced<AnnounceReply | RefusalReply>> {
    return this.#ask(webSocketAnnounceCall(call), (text) => readWebSocketAnnounce(text, call.infoHash));
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    this.#socket = undefined;
    socket?.terminate();
  }

  #scrape(hashes: readonly InfoHash[]): Promise<Traced<ScrapeReply | RefusalReply>> {
    return this.#ask(webSocketScrapeCall(hashes), (text) => readWebSocketScrape(text, hashes));
  }

  async #ask<Reply>(question: string, read: (text: string) => Reply | undefined): Promise<Traced<Reply>> {
    const socket = await this.#open();
    if (socket.readyState !== WebSocket.OPEN) throw closed();
    const answer = this.#answer(read);
    socket.send(question);
    return { ...(await answer), ...NO_REDIRECTS };
  }

  #answer<Reply>(read: (text: string) => Reply | undefined): Promise<Reply> {
    const { timeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const timer = setTimeout(() => fail(new TrackerError('silent', `no answer within ${timeoutMs} ms`)), timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      this.#waiting = undefined;
    };
    const fail = (error: Error): void => {
      end();
      reject(error);
    };
    const take = (text: string): void => {
      try {
        const reply = read(text);
        if (reply === undefined) return;
        end();
        resolve(reply);
      } catch (error) {
        fail(error instanceof PublicError ? new TrackerError('broken', error.message, error) : asError(error));
      }
    };
    this.#waiting = { take, fail };
    return promise;
  }

  /** Connects when there is no connection, or none any more. */
  #open(): Promise<WebSocket> {
    this.#socket ??= this.#connect();
    return this.#socket;
  }

  async #connect(): Promise<WebSocket> {
    try {
      const socket = await connectSocket(this.#options);
      socket.on('message', (data) => this.#waiting?.take(String(data)));
      socket.on('error', (error) => this.#waiting?.fail(new TrackerError('broken', error.message, error)));
      socket.on('close', () => {
        this.#socket = undefined;
        this.#waiting?.fail(closed());
      });
      return socket;
    } catch (error) {
      this.#socket = undefined;
      throw error;
    }
  }
}

function connectSocket({ url, target, timeoutMs }: TrackerClientOptions): Promise<WebSocket> {
  const socket = new WebSocket(url, {
    lookup: lookupOf(target),
    handshakeTimeout: timeoutMs,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  });
  return new Promise((resolve, reject) => {
    // Stays: an error between two questions has nobody else to tell.
    socket.on('error', (error) => reject(connectFailure(error, url)));
    socket.once('open', () => resolve(socket));
  });
}

function lookupOf({ address, family }: TrackerAddress): LookupFunction {
  return (_host, { all }, callback) => {
    if (all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function connectFailure(error: Error, url: URL): TrackerError {
  if (error.message === 'Opening handshake has timed out') return new TrackerError('silent', error.message, error);
  return new TrackerError('unreachable', requestFailure(error, url).message, error);
}

function closed(): TrackerError {
  return new TrackerError('broken', 'the tracker closed the connection');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
