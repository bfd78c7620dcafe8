// Waits until a tracker answers.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 50;
/** A connect request of BEP 15 with transaction 1. */
const UDP_CONNECT = Buffer.from('00000417271019800000000000000001', 'hex');

/** Resolves with true once the port takes TCP connections and answers over UDP; false when `isAlive` says no or time is up. */
export async function untilAnswering(port: number, limitMs: number, isAlive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isAlive() && performance.now() < deadline) {
    if ((await acceptsTcp(port)) && (await answersUdp(port))) return true;
    await wait(POLL_MS);
  }
  return false;
}

async function acceptsTcp(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function answersUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.send(UDP_CONNECT);
    await once(socket, 'message', { signal: AbortSignal.timeout(POLL_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
