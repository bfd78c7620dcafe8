// Bounds the peers that call. A seed is known to everybody, and each connection may do nothing for half a minute before it is ended.

import type { Server, Socket } from 'node:net';

/** Of all; those that the engine makes itself are 55 at most. */
const MAX_INCOMING = 200;
/** Of one address, behind which there may be several peers: one alone cannot keep all others out. */
export const MAX_INCOMING_PER_ADDRESS = 20;

/** Before anybody has called. */
export function boundIncoming(server: Server): void {
  const counts = new Map<string, number>();
  server.maxConnections = MAX_INCOMING;
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    const count = counts.get(remoteAddress) ?? 0;
    if (count >= MAX_INCOMING_PER_ADDRESS) {
      socket.destroy();
      return;
    }
    counts.set(remoteAddress, count + 1);
    socket.once('close', () => {
      const left = counts.get(remoteAddress)! - 1;
      if (left > 0) counts.set(remoteAddress, left);
      else counts.delete(remoteAddress);
    });
  });
}
