// A client that sends exactly the bytes it is given and waits for exactly the bytes it expects.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  /** The status line and headers, without the blank line. */
  readonly head: string;
  readonly body: Buffer;
}

/** One connection to a server on this machine. */
export class RawHttp {
  readonly socket: Socket;
  /** Settles when the other side, or an error, has ended the connection. */
  readonly closed: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  static async connect(port: number, options: { host?: string; localAddress?: string } = {}): Promise<RawHttp> {
    const socket = connect({ port, host: '127.0.0.1', ...options });
    await once(socket, 'connect');
    return new RawHttp(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#hasEnded = true;
      resolve();
    });
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** The next response with a Content-Length; throws when the connection ends before it is complete. */
  async response(): Promise<RawResponse> {
    for (;;) {
      const found = this.#takeResponse();
      if (found !== undefined) return found;
      if (this.#hasEnded)
        throw new Error(`connection ended after ${JSON.stringify(this.#received.toString('latin1'))}`);
      await Promise.race([once(this.socket, 'data'), this.closed]);
    }
  }

  /** What has come and was not taken as a response. */
  get unread(): string {
    return this.#received.toString('latin1');
  }

  #takeResponse(): RawResponse | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return undefined;
    const head = this.#received.toString('latin1', 0, headEnd);
    const bodyEnd = headEnd + 4 + Number(/\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (this.#received.length < bodyEnd) return undefined;
    const body = this.#received.subarray(headEnd + 4, bodyEnd);
    this.#received = this.#received.subarray(bodyEnd);
    return { head, body };
  }
}
