// Takes the PROXY protocol's header off the connections of trusted proxies before anybody else reads them.

import type { Socket } from 'node:net';
import { readProxyHeader } from '../../protocol/addresses/proxy-protocol.ts';

/** Connections whose header has not come yet. */
export class ProxyPreambles {
  readonly #timeoutMs: number;
  readonly #waiting = new Set<Socket>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Calls `next` once the header has come, with the client that it names, undefined if none; what follows the header is left
   * in the socket, which is paused. A socket that sends something else, or nothing in time, is destroyed.
   */
  take(socket: Socket, next: (socket: Socket, client: string | undefined) => void): void {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), this.#timeoutMs).unref();
    const onData = (piece: Buffer): void => {
      received = Buffer.concat([received, piece]);
      const header = readProxyHeader(received);
      if (header.kind === 'bad') socket.destroy();
      if (header.kind !== 'header') return;
      release();
      socket.off('close', release);
      socket.pause();
      if (header.length < received.length) socket.unshift(received.subarray(header.length));
      next(socket, header.address);
    };
    const release = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      socket.off('data', onData);
    };
    this.#waiting.add(socket);
    socket.on('data', onData);
    socket.once('close', release);
  }

  /** Ends them all: nothing was asked yet. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }
}
