// node:http servers with limits: bound to an address, drained in order.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpLimits {
  /** From accepting a connection, or from the first byte of a later request, until the head is complete. */
  readonly headersTimeoutMs: number;
  /** The same until the body is complete. */
  readonly requestTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly idleTimeoutMs: number;
  readonly maxHeaderBytes: number;
  /** More are closed as soon as they are accepted. */
  readonly maxConnections: number;
}

const DEFAULT_HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 4096,
};

export interface HttpAddress {
  /** All addresses of both families when left out. */
  readonly host?: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface BoundServer {
  /** Base URL of the bound address: 'http://127.0.0.1:6970', 'http://[::]:6970'. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, ends idle connections, lets requests in progress be answered; destroys what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Node.js looks for overdue connections no oftener than this; its own 30 s would triple the shortest limit. */
const OVERDUE_CHECK_MS = 2_000;
const IDLE_CHECK_MS = 50;

/** The server is not bound yet: see `listenHttp`. */
export function createHttpServer(listener: RequestListener, limits: Partial<HttpLimits> = {}): Server {
  const all = { ...DEFAULT_HTTP_LIMITS, ...limits };
  const options = {
    headersTimeout: all.headersTimeoutMs,
    requestTimeout: all.requestTimeoutMs,
    keepAliveTimeout: all.idleTimeoutMs,
    maxHeaderSize: all.maxHeaderBytes,
    connectionsCheckingInterval: Math.min(OVERDUE_CHECK_MS, all.headersTimeoutMs),
  };
  const server = createServer(options, listener);
  server.maxConnections = all.maxConnections;
  return server;
}

/** Binds a server; rejects when the address cannot be bound. */
export async function listenHttp(server: Server, { host, port }: HttpAddress): Promise<BoundServer> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen({ host, port }, listening.resolve);
  await listening.promise;
  server.off('error', listening.reject);
  // A TCP server that listens has an address of this form.
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, port: bound.port, close: (graceMs) => drain(server, graceMs) };
}

/** A connection that becomes idle only after its answer is found by looking again: Node.js tells nobody. */
async function drain(server: Server, graceMs: number): Promise<void> {
  const closed = Promise.withResolvers<void>();
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  server.close(() => closed.resolve());
  const idleCheck = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed.promise;
  clearInterval(idleCheck);
  clearTimeout(grace);
}
