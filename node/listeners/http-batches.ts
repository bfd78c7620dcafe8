// Accepts through our own addon where it is built (node/native): most clients bring one whole request at a time, and are
// answered in batches. Every other connection becomes a socket of Node.js, with what was read of it.

import { Socket } from 'node:net';
import type { Acceptor, BoundAddress, Door, ListenOptions } from '../../shared/http/door/acceptor.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import type { SocketsAddon } from '../native/addon.ts';
import { openSeveral } from '../native/open-several.ts';
import { HttpBatchSocket } from './http-batch-socket.ts';
import type { KeptConnection } from './kept-connection.ts';

/** What binding every IPv6 address fails with where the family is switched off. */
const NO_FAMILY_CODES = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

export class HttpBatches implements Acceptor {
  readonly scheme = 'http';
  readonly isNative = true;
  readonly #addon: SocketsAddon;
  readonly #workers: number;
  readonly #trustedProxies: NetworkSet | undefined;
  /** Those that listen. */
  #listening: readonly HttpBatchSocket[] = [];
  /** Connections that were handed on. */
  readonly #sockets = new Set<Socket>();
  /** Connections that the addon keeps. */
  #held = 0;
  readonly #lastClosed = Promise.withResolvers<void>();

  /** With several workers as many sockets share the port, each with a thread; requests are answered in this one alone. */
  constructor(addon: SocketsAddon, workers: number, trustedProxies: NetworkSet | undefined) {
    this.#addon = addon;
    this.#workers = workers;
    this.#trustedProxies = trustedProxies;
  }

  async listen(options: ListenOptions, door: Door): Promise<BoundAddress> {
    if (options.host !== undefined) return this.#bind(options.host, options, door);
    try {
      return this.#bind('::', options, door);
    } catch (error) {
      if (!NO_FAMILY_CODES.has(String((error as NodeJS.ErrnoException).code))) throw error;
      return this.#bind('0.0.0.0', options, door);
    }
  }

  close(): Promise<void> {
    for (const socket of this.#listening) socket.close();
    this.#listening = [];
    this.#settle();
    return this.#lastClosed.promise;
  }

  #bind(host: string, { port, maxConnections }: ListenOptions, door: Door): BoundAddress {
    const adopt = (descriptor: number, received: Buffer): boolean => {
      if (this.#sockets.size + this.#held >= maxConnections) {
        door.onDrop();
        return false;
      }
      door.onConnection(this.#createSocket(descriptor), received);
      return true;
    };
    const finish = (descriptor: number, answer: Buffer): void => door.onUnsent(this.#createSocket(descriptor), answer);
    const hold = (kept: KeptConnection): boolean => {
      const isHeld = this.#sockets.size + this.#held < maxConnections && door.hold(kept, kept.prefix);
      if (isHeld) this.#held++;
      return isHeld;
    };
    const release = (kept: KeptConnection): void => {
      this.#held--;
      door.release(kept, kept.prefix);
    };
    const { context } = door;
    const addon = this.#addon;
    const common = { addon, trustedProxies: this.#trustedProxies, context, adopt, finish, hold, release };
    this.#listening = openSeveral(this.#workers, port, (wanted, hasThread) => {
      return new HttpBatchSocket({ ...common, host, port: wanted, hasThread });
    });
    return { host, port: this.#listening[0]!.port };
  }

  #createSocket(descriptor: number): Socket {
    const socket = new Socket({ fd: descriptor });
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#settle();
    });
    return socket;
  }

  /** Those held are released before they are handed on, within one turn of the loop. */
  #settle(): void {
    if (this.#listening.length === 0 && this.#sockets.size + this.#held === 0) this.#lastClosed.resolve();
  }
}
