// A TCP proxy on loopback that stands for the network between two nodes: it lets through, refuses, or swallows.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CuttableProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Where it leads; nothing is let through before it is set. */
  targetPort = 0;
  #isCut = false;
  /** A connection on which somebody asks for a path that begins so ends: '/v2/changes'. */
  refusedPath: string | undefined;
  /** What is let through is held up for so long. */
  delayMs = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket: Socket) => this.#join(socket));
  }

  static async start(): Promise<CuttableProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttableProxy(server);
  }

  /** Ends what is under way and lets nobody through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(socket: Socket): void {
    this.#keep(socket);
    if (this.#isCut || this.targetPort === 0) {
      socket.destroy();
      return;
    }
    const other = connect(this.targetPort, '127.0.0.1');
    this.#keep(other);
    socket.on('data', (chunk) => {
      if (this.#isRefused(chunk)) socket.destroy();
    });
    this.#pipe(socket, other);
    this.#pipe(other, socket);
  }

  #pipe(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (from.destroyed) return;
      if (this.delayMs === 0) to.write(chunk);
      else setTimeout(() => to.writable && to.write(chunk), this.delayMs).unref();
    });
    from.on('close', () => to.destroy());
  }

  /** Requests of ours begin with a chunk. */
  #isRefused(chunk: Buffer): boolean {
    return (
      this.refusedPath !== undefined &&
      /^[A-Z]+ (\S+)/.exec(chunk.toString('latin1'))?.[1]?.startsWith(this.refusedPath) === true
    );
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
