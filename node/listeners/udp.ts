// The UDP door (BEP 15): one socket per family on one port number, so that IPv4 addresses come as such.

import { isIPv6 } from 'node:net';
import type { Clock } from '../../shared/platform/clock.ts';
import { ConnectionIds } from '../../shared/protocol/tracker/connection-id.ts';
import type { SourceGate } from '../access/source-gate.ts';
import { isForAddon, loadAddon } from '../native/addon.ts';
import { Traffic } from '../tracker/traffic.ts';
import type { TrackerDoor } from './http-answers.ts';
import { UdpAnswers } from './udp-answers.ts';
import { openBatchSocket } from './udp-batches.ts';
import { openDatagramSocket } from './udp-datagrams.ts';
import type { OpenUdpSocket, UdpSocket } from './udp-socket.ts';

export interface UdpListenerOptions {
  readonly tracker: TrackerDoor;
  readonly clock: Clock;
  /** Where requests are counted, if anybody wants to know. */
  readonly traffic?: Traffic | undefined;
  /** All addresses of both families when left out. */
  readonly host?: string | undefined;
  /** 0 takes a free one, the same for both families. */
  readonly port: number;
  /** 16 bytes, the same for all who answer on this address. */
  readonly secret: Uint8Array;
  /** How long connection ids are accepted; the two minutes of BEP 15 when left out. */
  readonly connectionIdSeconds?: number | undefined;
  /** Batches of datagrams through the addon in C, where it is built; so unless told otherwise. */
  readonly native?: boolean | undefined;
  /** Turns senders away; without it nobody is. */
  readonly sources?: SourceGate | undefined;
  /** How many threads of the addon read and send; 1, the default, is none. */
  readonly workers?: number | undefined;
  /** Told of what the sockets report once they are bound. */
  readonly onError: (error: Error) => void;
}

export interface UdpListener {
  readonly port: number;
  /** Announce URLs of the bound addresses. */
  readonly urls: readonly string[];
  /** Whether the addon serves it. */
  readonly isNative: boolean;
  close(): Promise<void>;
}

/** What binding gives: a socket, and more. */
export interface BoundSocket {
  readonly socket: Pick<UdpSocket, 'port' | 'close'>;
}

interface Bound {
  readonly url: string;
  readonly socket: UdpSocket;
}

/** What binding fails with where a family is switched off. */
const NO_FAMILY_CODES = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

const MAX_PORT_ATTEMPTS = 8;

/** Binds; rejects when the address cannot be bound. Without a host, one family of two is enough. */
export async function startUdpListener(options: UdpListenerOptions): Promise<UdpListener> {
  const { host, port, clock, onError } = options;
  const connectionIds = new ConnectionIds(options.secret, options.connectionIdSeconds);
  const answers = new UdpAnswers(options.tracker, connectionIds, options.traffic ?? new Traffic(), options.sources);
  const open = chooseSocket(options);
  const bind = async (address: string, wanted: number): Promise<Bound> => {
    const socket = await open({ host: address, port: wanted, answers, clock, onError });
    return { url: `udp://${isIPv6(address) ? `[${address}]` : address}:${socket.port}/announce`, socket };
  };
  const bound = host === undefined ? await bindBoth(bind, port) : [await bind(host, port)];
  return {
    port: bound[0]!.socket.port,
    urls: bound.map(({ url }) => url),
    isNative: open !== openDatagramSocket,
    close: async () => {
      await Promise.all(bound.map(({ socket }) => socket.close()));
    },
  };
}

function chooseSocket({ native = true, host, workers = 1 }: UdpListenerOptions): OpenUdpSocket {
  const addon = native && (host === undefined || isForAddon(host)) ? loadAddon() : undefined;
  return addon === undefined ? openDatagramSocket : (options) => openBatchSocket(addon, workers, options);
}

/** Both families on one port, or the one that the machine has; a free port of IPv4 may be taken for IPv6, then another is tried. */
export async function bindBoth<T extends BoundSocket>(
  bind: (host: string, port: number) => Promise<T>,
  port: number,
  attempts = port === 0 ? MAX_PORT_ATTEMPTS : 1,
): Promise<T[]> {
  const first = await bind('0.0.0.0', port).catch((error: unknown) => {
    if (NO_FAMILY_CODES.has(codeOf(error))) return undefined;
    throw error;
  });
  if (first === undefined) return [await bind('::', port)];
  try {
    return [first, await bind('::', first.socket.port)];
  } catch (error) {
    if (NO_FAMILY_CODES.has(codeOf(error))) return [first];
    await first.socket.close();
    if (codeOf(error) !== 'EADDRINUSE' || attempts === 1) throw error;
    return bindBoth(bind, port, attempts - 1);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
