// What the HTTP door needs of whoever accepts its connections, and what it does with them.

import type { Socket } from 'node:net';
import type { ClientPrefix } from './client-address.ts';
import type { ConnectionContext } from './connection.ts';
import type { OpenConnection } from './open-connection.ts';

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
  /** Counts a connection that the door is not given (yet): kept without a socket, or not TLS; false when its client has as many as it may. */
  hold(connection: OpenConnection, client: ClientPrefix): boolean;
  /** A connection that was held is closed, or about to be given to the door. */
  release(connection: OpenConnection, client: ClientPrefix): void;
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
