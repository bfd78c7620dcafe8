// The acceptor on every system: a server of node:net. Proxies may put a header of the PROXY protocol before all else, TLS
// may come after it, and what the door gets is a socket that knows its client.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { NetworkSet } from '../../protocol/addresses/networks.ts';
import { type Acceptor, BACKLOG, type BoundAddress, type Door, type ListenOptions } from './acceptor.ts';
import { ProxyPreambles } from './proxy-preamble.ts';

export interface ServerAcceptorOptions {
  /** Never listens: it is given the connections, and makes them TLS. Without it they are plain. */
  readonly tls?: TlsServer | undefined;
  /** Those who begin each connection with a header of the PROXY protocol; nobody when left out. */
  readonly announcers?: NetworkSet | undefined;
  /** Time for such a header. */
  readonly headTimeoutMs: number;
}

/** What is done with a connection; `client` is whom a proxy named. */
type Enter = (socket: Socket, client: string | undefined) => void;

interface Handshake {
  readonly socket: Socket;
  readonly client: string | undefined;
}

export class ServerAcceptor implements Acceptor {
  readonly isNative = false;
  readonly #server = createServer();
  readonly #tls: TlsServer | undefined;
  readonly #announcers: NetworkSet | undefined;
  readonly #preambles: ProxyPreambles;
  /** Those that are not TLS yet, by their ends, which the socket over TLS has too. */
  readonly #handshakes = new Map<string, Handshake>();

  constructor({ tls, announcers, headTimeoutMs }: ServerAcceptorOptions) {
    this.#tls = tls;
    this.#announcers = announcers;
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
      const ends = endsOf(socket);
      const client = this.#handshakes.get(ends)?.client;
      this.#handshakes.delete(ends);
      if (client !== undefined) rename(socket, client);
      door.onConnection(socket);
    });
    return (socket, client) => {
      const ends = endsOf(socket);
      this.#handshakes.set(ends, { socket, client });
      socket.setNoDelay(true);
      socket.once('close', () => {
        if (this.#handshakes.get(ends)?.socket === socket) this.#handshakes.delete(ends);
      });
      tls.emit('connection', socket);
    };
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
