// Announces and scrapes over WebSocket as WebTorrent's clients do: one connection for each port, and who is given to whom
// is seen from the connections that offers arrive on.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { startHttpListener } from '../../node/listeners/http.ts';
import { createWebSocketListener } from '../../node/listeners/websocket.ts';
import type { Tracker } from '../../node/tracker/tracker.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { MAX_OFFERS } from '../../shared/protocol/tracker/websocket-messages.ts';
import type { AnnounceParameters, TrackerDriver } from '../contracts/tracker-behaviour.ts';

export type WebSocketFields = Readonly<Record<string, unknown>>;

interface Counts {
  readonly complete: number;
  readonly incomplete: number;
  readonly downloaded: number;
}

/** Hashes and ids as the messages carry them: one character for each byte. */
export function binary(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

/** As many offers as are given, numbered from 0. */
export function offersOf(count: number): WebSocketFields[] {
  return Array.from({ length: count }, (_, number) => ({
    offer: { type: 'offer', sdp: `sdp${number}` },
    offer_id: `${number}`,
  }));
}

class Connection {
  readonly socket: WebSocket;
  readonly offers: WebSocketFields[] = [];
  /** Who waits for an answer, in the order asked. */
  readonly #waiting: ((answer: WebSocketFields) => void)[] = [];

  static async open(url: string): Promise<Connection> {
    const connection = new Connection(new WebSocket(url));
    await once(connection.socket, 'open');
    return connection;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const fields = JSON.parse(data.toString()) as WebSocketFields;
      if ('offer' in fields) this.offers.push(fields);
      else this.#waiting.shift()?.(fields);
    });
  }

  async ask(fields: WebSocketFields): Promise<WebSocketFields> {
    const { promise, resolve } = Promise.withResolvers<WebSocketFields>();
    this.#waiting.push(resolve);
    this.socket.send(JSON.stringify(fields));
    const answer = await promise;
    const failure = answer['failure reason'];
    if (failure !== undefined) throw new Error(String(failure));
    return answer;
  }
}

class WebSocketDriver implements TrackerDriver {
  readonly #url: string;
  readonly #closeListener: () => Promise<void>;
  readonly #connections = new Map<number, Connection>();

  constructor(url: string, closeListener: () => Promise<void>) {
    this.#url = url;
    this.#closeListener = closeListener;
  }

  async announce(parameters: AnnounceParameters): ReturnType<TrackerDriver['announce']> {
    const { infoHash, port, event, left, numwant = MAX_OFFERS } = parameters;
    const peerId = `-WW0208-${String(port).padStart(12, '0')}`;
    const asker = await this.#connect(port);
    const torrent = { action: 'announce', info_hash: binary(infoHash), peer_id: peerId };
    const answer = await asker.ask({ ...torrent, event, left, offers: offersOf(numwant) });
    const { interval, complete, incomplete } = answer as Record<string, number>;
    return { intervalSeconds: interval!, seeders: complete!, leechers: incomplete!, ports: await this.#takeOffers() };
  }

  async scrape(infoHashes: readonly string[]): ReturnType<TrackerDriver['scrape']> {
    const connection = await this.#connect(0);
    const answer = await connection.ask({ action: 'scrape', info_hash: infoHashes.map(binary) });
    const files = answer.files as Readonly<Record<string, Counts>>;
    return infoHashes.map((hash) => {
      const { complete, incomplete, downloaded } = files[binary(hash)]!;
      return { seeders: complete, leechers: incomplete, downloaded };
    });
  }

  async close(): Promise<void> {
    for (const { socket } of this.#connections.values()) socket.terminate();
    await this.#closeListener();
  }

  async #connect(port: number): Promise<Connection> {
    const known = this.#connections.get(port);
    if (known !== undefined) return known;
    const connection = await Connection.open(this.#url);
    this.#connections.set(port, connection);
    return connection;
  }

  /** The ports to which the last announce's offers went, in their order. An answer on each connection says that no more come. */
  async #takeOffers(): Promise<number[]> {
    const ports: number[] = [];
    const takeFrom = async ([port, connection]: [number, Connection]): Promise<void> => {
      await connection.ask({ action: 'scrape', info_hash: 'x'.repeat(20) });
      for (const { offer_id: number } of connection.offers.splice(0)) ports[Number(number)] = port;
    };
    await Promise.all([...this.#connections].map(takeFrom));
    return ports;
  }
}

/** Starts a listener on `host`. */
export async function openWebSocketDriver(tracker: Tracker, host: string): Promise<TrackerDriver> {
  const clock = systemClock;
  const limits = { maxMessagesPerTenSeconds: Number.POSITIVE_INFINITY };
  const webSockets = createWebSocketListener({ tracker, clock, random: seededRandom(1), limits });
  const control = (): void => {};
  const listener = await startHttpListener({ tracker, clock, host, port: 0, control, webSockets });
  return new WebSocketDriver(listener.url.replace('http', 'ws'), () => listener.close(0));
}
