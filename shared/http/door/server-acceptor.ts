// The acceptor on every system: a server of node:net. Proxies may put a header of the PROXY protocol before all else, TLS
// may come after it, and what the door gets is a socket that knows its client.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { NetworkSet } from '../../protocol/addresses/networks.ts';
import { type Acceptor, BACKLOG, type BoundAddress, type Door, type ListenOptions } from './acceptor.ts';
import { ClientAddress, type ClientPrefix } from './client-address.ts';
import type { OpenConnection } from './open-connection.ts';
import { ProxyPreambles } from './proxy-preamble.ts';

export interface ServerAcceptorOptions {
  /** Never listens: it is given the connections, and makes them TLS. Without it they are plain. */
  readonly tls?: TlsServer | undefined;
  /** Those who begin each connection with a header of the PROXY protocol; nobody when left out. */
  readonly announcers?: NetworkSet | undefined;
  /** Those who may have as many connections as there are, which are not TLS yet. */
  readonly trustedProxies?: NetworkSet | undefined;
  /** Time for such a header. */
  readonly headTimeoutMs: number;
}

/** What is done with a connection; `client` is whom a proxy named. */
type Enter = (socket: Socket, client: string | undefined) => void;

/** A connection that is not TLS yet. */
class Handshake implements OpenConnection {
  /** The TLS server watches the time. */
  readonly deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly socket: Socket;
  readonly client: string | undefined;
  /** For whom it counts; undefined for trusted proxies. */
  readonly prefix: ClientPrefix | undefined;

  constructor(socket: Socket, client: string | undefined, trustedProxies: NetworkSet | undefined) {
    const address = new ClientAddress(client ?? socket.remoteAddress ?? '', trustedProxies);
    this.socket = socket;
    this.client = client;
    this.prefix = address.isTrustedProxy ? undefined : address.prefix;
  }

  drain(): void {
    this.socket.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export class ServerAcceptor implements Acceptor {
  readonly isNative = false;
  readonly #server = createServer();
  readonly #tls: TlsServer | undefined;
  readonly #announcers: NetworkSet | undefined;
  readonly #trustedProxies: NetworkSet | undefined;
  readonly #preambles: ProxyPreambles;
  /** Those that are not TLS yet, by their ends, which the socket over TLS has too. */
  readonly #handshakes = new Map<string, Handshake>();

  constructor({ tls, announcers, trustedProxies, headTimeoutMs }: ServerAcceptorOptions) {
    this.#tls = tls;
    this.#announcers = announcers;
    this.#trustedProxies = trustedProxies;
    this.#preambles = new ProxyPreambles(headTimeoutMs);
  }

  get scheme(): 'http' | 'https' {
    return this.#tls === undefined ? 'http' : 'https';
  }

  listen({ host, port, maxConnections }: ListenOptions, door: Door): Promise<BoundAddress> {
    const server = this.#server;
    const enter = this.#tls === undefined ? openPlain(door) : this.#openTls(this.#tls, door);
    server.on('connection', (socket) => {
      socket.on('error', ignore);
      if (this.#announcers?.has(socket.remoteAddress ?? '') === true) this.#preambles.take(socket, enter);
      else enter(socket, undefined);
    });
    server.on('drop', () => door.onDrop());
    server.maxConnections = maxConnections;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off('error', reject);
        const bound = server.address() as AddressInfo;
        resolve({ host: bound.address, port: bound.port });
      });
    });
  }

  close(): Promise<void> {
    this.#preambles.close();
    for (const { socket } of this.#handshakes.values()) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #openTls(tls: TlsServer, door: Door): Enter {
    tls.on('secureConnection', (socket) => {
      const client = this.#endHandshake(endsOf(socket), door)?.client;
      if (client !== undefined) rename(socket, client);
      door.onConnection(socket);
    });
    return (socket, client) => {
      const ends = endsOf(socket);
      const handshake = new Handshake(socket, client, this.#trustedProxies);
      if (handshake.prefix !== undefined && !door.hold(handshake, handshake.prefix)) {
        door.onDrop();
        socket.destroy();
        return;
      }
      this.#endHandshake(ends, door);
      this.#handshakes.set(ends, handshake);
      socket.setNoDelay(true);
      socket.once('close', () => {
        if (this.#handshakes.get(ends) === handshake) this.#endHandshake(ends, door);
      });
      tls.emit('connection', socket);
    };
  }

  /** From here on the connection counts as what it has become, if anything. */
  #endHandshake(ends: string, door: Door): Handshake | undefined {
    const handshake = this.#handshakes.get(ends);
    this.#handshakes.delete(ends);
    if (handshake?.prefix !== undefined) door.release(handshake, handshake.prefix);
    return handshake;
  }
}

function openPlain(door: Door): Enter {
  return (socket, client) => {
    if (client !== undefined) rename(socket, client);
    door.onConnection(socket);
    socket.resume();
  };
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

function rename(socket: Socket, client: string): void {
  Object.defineProperty(socket, 'remoteAddress', { value: client });
}

/** A broken connection needs no word: 'close' follows. */
function ignore(): void {}
