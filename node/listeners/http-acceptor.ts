// What the HTTP door needs of whoever accepts its connections, and the acceptor on every system: a server of Node.js.

import type { AddressInfo, Server, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { ConnectionContext } from './http-connection.ts';

export interface ListenOptions {
  /** All addresses of both families when left out. */
  readonly host: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** More are closed unread. */
  readonly maxConnections: number;
}

export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** To whom connections are brought. */
export interface Door {
  readonly context: ConnectionContext;
  /** `received` was read of it already. */
  onConnection(socket: Socket, received?: Buffer): void;
  /** A connection that ends with what is left of its answer. */
  onUnsent(socket: Socket, answer: Buffer): void;
  /** A connection was closed because of a limit. */
  onDrop(): void;
}

export interface Acceptor {
  readonly scheme: 'http' | 'https';
  /** Whether it is the addon's. */
  readonly isNative: boolean;
  /** Rejects with the `code` of the system when the address cannot be bound. */
  listen(options: ListenOptions, door: Door): Promise<BoundAddress>;
  /** Accepts nobody from now on; settles when the last connection is closed. */
  close(): Promise<void>;
}

/** Those who wait here to be accepted; the system may allow fewer. */
export const BACKLOG = 4096;

/** A server of the caller's making, plain or TLS, to which nobody listens yet. */
export class ServerAcceptor implements Acceptor {
  readonly isNative = false;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get scheme(): 'http' | 'https' {
    return this.#server instanceof TlsServer ? 'https' : 'http';
  }

  listen({ host, port, maxConnections }: ListenOptions, door: Door): Promise<BoundAddress> {
    const server = this.#server;
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket) => door.onConnection(socket));
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
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
