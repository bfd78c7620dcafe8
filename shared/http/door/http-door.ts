// The HTTP door of a role: one port for BitTorrent clients, whose requests are parsed from the raw bytes, and for everything
// else, which a node:http server answers on sockets handed over to it.

import { isIPv6, type Socket } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import type { NetworkSet } from '../../protocol/addresses/networks.ts';
import { HttpHead } from '../../protocol/tracker/http-head.ts';
import type { Acceptor, Door } from './acceptor.ts';
import { ClientAddress, type ClientPrefix } from './client-address.ts';
import { type ConnectionContext, HttpConnection } from './connection.ts';
import { ControlDoor, type ControlHandler, type UpgradeHandler } from './control-door.ts';
import type { OpenConnection } from './open-connection.ts';
import type { TrackerAnswers } from './tracker-answers.ts';

export interface HttpDoorLimits {
  readonly maxConnections: number;
  /** Per IPv4 address or IPv6 /64; trusted proxies are exempt. */
  readonly maxConnectionsPerClient: number;
  /** From the first byte of a request, or from accepting, until its head is complete. */
  readonly headTimeoutMs: number;
  /** A connection on which nothing is asked is closed after this time. */
  readonly idleTimeoutMs: number;
}

export const DEFAULT_DOOR_LIMITS: HttpDoorLimits = {
  maxConnections: 20_000,
  maxConnectionsPerClient: 512,
  headTimeoutMs: 10_000,
  idleTimeoutMs: 75_000,
};

/** Where a door stands, and who passes it. */
export interface HttpDoorOptions {
  readonly clock: Clock;
  /** All addresses of both families when left out. */
  readonly host?: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** Answers every request that is not an announce or scrape. */
  readonly control: ControlHandler;
  /** Serves WebSockets on the same port, and is closed with it; without it there are none. */
  readonly webSockets?: UpgradeHandler | undefined;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: NetworkSet | undefined;
  readonly limits?: Partial<HttpDoorLimits> | undefined;
}

export interface HttpDoorStats {
  connections: number;
  /** Closed unread because of a limit. */
  refusedConnections: number;
}

export interface HttpListener {
  readonly port: number;
  /** Announce URL of the bound address. */
  readonly url: string;
  readonly stats: Readonly<HttpDoorStats>;
  /** Whether the addon is its front. */
  readonly isNative: boolean;
  /** Stops accepting, lets what was asked be answered, ends what remains after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const MAX_SWEEP_INTERVAL_MS = 1000;
const DRAIN_INTERVAL_MS = 50;
/** Answers written before they are sent: a few of the longest. */
const SCRATCH_ANSWERS = 4;

/** Listens through an acceptor that does not listen yet; rejects when the address cannot be bound. */
export async function openHttpDoor(
  acceptor: Acceptor,
  answers: TrackerAnswers,
  options: HttpDoorOptions,
): Promise<HttpListener> {
  const door = new HttpDoor(acceptor, answers, options);
  await door.listen(options.host, options.port);
  return door;
}

class HttpDoor implements HttpListener, Door {
  port = 0;
  url = '';
  readonly stats: HttpDoorStats = { connections: 0, refusedConnections: 0 };
  readonly #webSockets: UpgradeHandler | undefined;
  readonly #limits: HttpDoorLimits;
  readonly #trustedProxies: NetworkSet | undefined;
  readonly #acceptor: Acceptor;
  readonly #controlDoor: ControlDoor;
  readonly context: ConnectionContext;
  /** Those of BitTorrent clients; a socket that was handed over is the control door's. */
  readonly #connections = new Set<OpenConnection>();
  readonly #connectionsByClient = new Map<ClientPrefix, number>();
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(acceptor: Acceptor, answers: TrackerAnswers, options: HttpDoorOptions) {
    this.#acceptor = acceptor;
    const { clock, control, webSockets, trustedProxies } = options;
    this.#limits = { ...DEFAULT_DOOR_LIMITS, ...options.limits };
    this.#trustedProxies = trustedProxies;
    this.#webSockets = webSockets;
    const { headTimeoutMs, idleTimeoutMs } = this.#limits;
    const now = (): number => clock.now();
    this.#controlDoor = new ControlDoor({
      control,
      webSockets,
      answers,
      trustedProxies,
      headTimeoutMs,
      idleTimeoutMs,
      now,
    });
    this.context = {
      answers,
      head: new HttpHead(),
      scratch: Buffer.allocUnsafeSlow(SCRATCH_ANSWERS * answers.maxResponseBytes),
      headTimeoutMs,
      idleTimeoutMs,
      isDraining: false,
      now,
      handOver: (connection, socket, bytes) => {
        this.#connections.delete(connection);
        this.#controlDoor.take(socket, bytes);
      },
    };
  }

  get isNative(): boolean {
    return this.#acceptor.isNative;
  }

  async listen(host: string | undefined, port: number): Promise<void> {
    const { maxConnections, headTimeoutMs } = this.#limits;
    const bound = await this.#acceptor.listen({ host, port, maxConnections }, this);
    this.port = bound.port;
    const name = isIPv6(bound.host) ? `[${bound.host}]` : bound.host;
    this.url = `${this.#acceptor.scheme}://${name}:${bound.port}/announce`;
    this.#sweepTimer = setInterval(this.#sweep, Math.min(MAX_SWEEP_INTERVAL_MS, headTimeoutMs / 4)).unref();
  }

  readonly close = async (graceMs: number): Promise<void> => {
    this.context.isDraining = true;
    const closed = this.#acceptor.close();
    for (const connection of this.#connections) connection.drain();
    this.#webSockets?.close();
    this.#controlDoor.drain();
    const drainTimer = setInterval(() => this.#controlDoor.drain(), DRAIN_INTERVAL_MS);
    const graceTimer = setTimeout(() => this.#destroyAll(), graceMs);
    await closed;
    clearTimeout(graceTimer);
    clearInterval(drainTimer);
    clearInterval(this.#sweepTimer);
    this.#controlDoor.destroy();
  };

  #destroyAll(): void {
    this.#webSockets?.destroy();
    for (const connection of this.#connections) connection.destroy();
    this.#controlDoor.destroy();
  }

  readonly #sweep = (): void => {
    const nowMs = this.context.now();
    for (const connection of this.#connections) if (connection.deadlineMs < nowMs) connection.destroy();
  };

  onConnection(socket: Socket, received?: Buffer): void {
    socket.on('error', ignore);
    if (received !== undefined && received.length > 0) socket.unshift(received);
    const connection = this.#accept(socket);
    if (this.context.isDraining && socket.readableLength === 0) connection?.drain();
  }

  onUnsent(socket: Socket, answer: Buffer): void {
    socket.on('error', ignore);
    this.#accept(socket)?.finish(answer);
  }

  onDrop(): void {
    this.stats.refusedConnections++;
  }

  hold(connection: OpenConnection, client: ClientPrefix): boolean {
    if (!this.#hasRoomFor(client)) return false;
    this.#add(connection, client);
    return true;
  }

  release(connection: OpenConnection, client: ClientPrefix): void {
    this.#connections.delete(connection);
    this.stats.connections--;
    const count = this.#connectionsByClient.get(client)!;
    if (count === 1) this.#connectionsByClient.delete(client);
    else this.#connectionsByClient.set(client, count - 1);
  }

  #accept(socket: Socket): HttpConnection | undefined {
    const client = new ClientAddress(socket.remoteAddress ?? '', this.#trustedProxies);
    if (!client.isKnown || !(client.isTrustedProxy || this.#hasRoomFor(client.prefix))) {
      this.stats.refusedConnections++;
      socket.destroy();
      return undefined;
    }
    const connection = new HttpConnection(socket, client, this.context);
    this.#add(connection, client.prefix);
    socket.once('close', () => this.release(connection, client.prefix));
    return connection;
  }

  #hasRoomFor(client: ClientPrefix): boolean {
    return (this.#connectionsByClient.get(client) ?? 0) < this.#limits.maxConnectionsPerClient;
  }

  #add(connection: OpenConnection, client: ClientPrefix): void {
    this.#connectionsByClient.set(client, (this.#connectionsByClient.get(client) ?? 0) + 1);
    this.stats.connections++;
    this.#connections.add(connection);
  }
}

/** A broken connection needs no word: 'close' follows. */
function ignore(): void {}
