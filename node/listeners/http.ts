// The HTTP door: one port for BitTorrent clients, whose requests are parsed from the raw bytes, and for everything else,
// which a node:http server answers on sockets handed over to it.

import { createServer, isIPv6, type Socket } from 'node:net';
import type { Clock } from '../../shared/platform/clock.ts';
import { HttpHead } from '../../shared/protocol/http-head.ts';
import type { NetworkSet } from '../../shared/protocol/networks.ts';
import type { SourceGate } from '../access/source-gate.ts';
import { isForAddon, loadAddon } from '../native/addon.ts';
import { Traffic } from '../tracker/traffic.ts';
import { ClientAddress } from './client-address.ts';
import { ControlDoor, type ControlHandler, type UpgradeHandler } from './control-door.ts';
import { type Acceptor, type Door, ServerAcceptor } from './http-acceptor.ts';
import { HttpAnswers, type TrackerDoor } from './http-answers.ts';
import { HttpBatches } from './http-batches.ts';
import { type ConnectionContext, HttpConnection, SCRATCH_BYTES } from './http-connection.ts';
import { ProxyPreambles } from './proxy-preamble.ts';

export interface HttpListenerLimits {
  readonly maxConnections: number;
  /** Per IPv4 address or IPv6 /64; trusted proxies are exempt. */
  readonly maxConnectionsPerClient: number;
  /** From the first byte of a request, or from accepting, until its head is complete. */
  readonly headTimeoutMs: number;
  /** A connection on which nothing is asked is closed after this time. */
  readonly idleTimeoutMs: number;
}

export const DEFAULT_LISTENER_LIMITS: HttpListenerLimits = {
  maxConnections: 20_000,
  maxConnectionsPerClient: 512,
  headTimeoutMs: 10_000,
  idleTimeoutMs: 75_000,
};

export interface HttpListenerOptions {
  readonly tracker: TrackerDoor;
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
  /** Trusted proxies begin each connection with a header of the PROXY protocol; not over TLS. */
  readonly isBehindProxyProtocol?: boolean | undefined;
  /** Turns announces and scrapes away by their sender; without it nobody is. */
  readonly sources?: SourceGate | undefined;
  /** Where requests are counted, if anybody wants to know. */
  readonly traffic?: Traffic | undefined;
  /** The addon in C as the front, where it is built and nothing stands before HTTP; so unless told otherwise. */
  readonly native?: boolean | undefined;
  /** How many threads of the addon accept, read and send; 1, the default, is none. */
  readonly workers?: number | undefined;
  readonly limits?: Partial<HttpListenerLimits>;
}

export interface HttpListenerStats {
  connections: number;
  /** Closed unread because of a limit. */
  refusedConnections: number;
}

export interface HttpListener {
  readonly port: number;
  /** Announce URL of the bound address. */
  readonly url: string;
  readonly stats: Readonly<HttpListenerStats>;
  /** Whether the addon is its front. */
  readonly isNative: boolean;
  /** Stops accepting, lets what was asked be answered, ends what remains after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const MAX_SWEEP_INTERVAL_MS = 1000;
const DRAIN_INTERVAL_MS = 50;

/** Listens; rejects when the address cannot be bound. */
export function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { native = true, isBehindProxyProtocol = false, host = '::', trustedProxies, workers = 1 } = options;
  const addon = native && !isBehindProxyProtocol && isForAddon(host) ? loadAddon() : undefined;
  return startListenerOn(
    addon === undefined ? new ServerAcceptor(createServer()) : new HttpBatches(addon, workers, trustedProxies),
    options,
  );
}

/** The same with an acceptor of the caller's choice, which does not listen yet. */
export async function startListenerOn(acceptor: Acceptor, options: HttpListenerOptions): Promise<HttpListener> {
  const door = new HttpDoor(acceptor, options);
  await door.listen(options.host, options.port);
  return door;
}

class HttpDoor implements HttpListener, Door {
  port = 0;
  url = '';
  readonly stats: HttpListenerStats = { connections: 0, refusedConnections: 0 };
  readonly #webSockets: UpgradeHandler | undefined;
  readonly #limits: HttpListenerLimits;
  readonly #trustedProxies: NetworkSet | undefined;
  readonly #acceptor: Acceptor;
  readonly #controlDoor: ControlDoor;
  readonly context: ConnectionContext;
  /** Those of BitTorrent clients; a socket that was handed over is the control door's. */
  readonly #connections = new Set<HttpConnection>();
  readonly #preambles: ProxyPreambles | undefined;
  readonly #connectionsByClient = new Map<ClientAddress['prefix'], number>();
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(acceptor: Acceptor, options: HttpListenerOptions) {
    this.#acceptor = acceptor;
    const { tracker, clock, control, webSockets, trustedProxies } = options;
    this.#limits = { ...DEFAULT_LISTENER_LIMITS, ...options.limits };
    this.#trustedProxies = trustedProxies;
    this.#webSockets = webSockets;
    const { headTimeoutMs, idleTimeoutMs } = this.#limits;
    const answers = new HttpAnswers(tracker, options.traffic ?? new Traffic(), options.sources);
    const now = (): number => clock.now();
    this.#controlDoor = new ControlDoor({ control, webSockets, answers, trustedProxies, idleTimeoutMs, now });
    this.context = {
      answers,
      head: new HttpHead(),
      scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
      headTimeoutMs,
      idleTimeoutMs,
      isDraining: false,
      now,
      handOver: (connection, socket, bytes) => {
        this.#connections.delete(connection);
        this.#controlDoor.take(socket, bytes);
      },
    };
    this.#preambles = options.isBehindProxyProtocol ? new ProxyPreambles(headTimeoutMs) : undefined;
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
    this.#preambles?.close();
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
    const client = new ClientAddress(socket.remoteAddress ?? '', this.#trustedProxies);
    if (client.isTrustedProxy && this.#preambles !== undefined) this.#preambles.take(socket, this.#onPreamble);
    else this.#accept(socket, client);
  }

  onUnsent(socket: Socket, answer: Buffer): void {
    socket.on('error', ignore);
    const client = new ClientAddress(socket.remoteAddress ?? '', this.#trustedProxies);
    this.#accept(socket, client)?.finish(answer);
  }

  onDrop(): void {
    this.stats.refusedConnections++;
  }

  readonly #onPreamble = (socket: Socket): void => {
    this.#accept(socket, new ClientAddress(socket.remoteAddress ?? '', this.#trustedProxies));
  };

  #accept(socket: Socket, client: ClientAddress): HttpConnection | undefined {
    const prefix = client.prefix;
    const count = this.#connectionsByClient.get(prefix) ?? 0;
    if (!client.isKnown || (count >= this.#limits.maxConnectionsPerClient && !client.isTrustedProxy)) {
      this.stats.refusedConnections++;
      socket.destroy();
      return undefined;
    }
    this.#connectionsByClient.set(prefix, count + 1);
    this.stats.connections++;
    const connection = new HttpConnection(socket, client, this.context);
    this.#connections.add(connection);
    socket.once('close', () => this.#forget(connection, prefix));
    return connection;
  }

  #forget(connection: HttpConnection, prefix: ClientAddress['prefix']): void {
    this.#connections.delete(connection);
    this.stats.connections--;
    const count = this.#connectionsByClient.get(prefix)!;
    if (count === 1) this.#connectionsByClient.delete(prefix);
    else this.#connectionsByClient.set(prefix, count - 1);
  }
}

/** A broken connection needs no word: 'close' follows. */
function ignore(): void {}
