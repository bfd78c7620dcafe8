// An express app, or any other listener for requests, on a port of loopback.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BoundServer {
  /** 'http://127.0.0.1:40001' */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Port 0 takes a free one. */
export async function serveOnLoopback(listener: RequestListener, port = 0): Promise<BoundServer> {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
