// The UDP door (BEP 15): one socket per family on one port number, so that IPv4 addresses come as such.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../shared/platform/clock.ts';
import { ConnectionIds } from '../../shared/protocol/connection-id.ts';
import { parseAddress } from '../../shared/protocol/endpoint.ts';
import { MAX_UDP_REPLY_BYTES } from '../../shared/protocol/udp-request.ts';
import { Traffic } from '../tracker/traffic.ts';
import type { TrackerDoor } from './http-answers.ts';
import { UdpAnswers } from './udp-answers.ts';

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
  /** Told of what the sockets report once they are bound. */
  readonly onError: (error: Error) => void;
}

export interface UdpListener {
  readonly port: number;
  /** Announce URLs of the bound addresses. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** As much as the system lets a process ask for: bursts wait here while JavaScript is busy. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** What binding fails with where a family is switched off. */
const NO_FAMILY_CODES = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

const MAX_PORT_ATTEMPTS = 8;

/** Binds; rejects when the address cannot be bound. Without a host, one family of two is enough. */
export async function startUdpListener(options: UdpListenerOptions): Promise<UdpListener> {
  const connectionIds = new ConnectionIds(options.secret, options.connectionIdSeconds);
  const answers = new UdpAnswers(options.tracker, connectionIds, options.traffic ?? new Traffic());
  const open = (host: string, port: number): Promise<UdpDoor> => UdpDoor.open(host, port, answers, options);
  const doors =
    options.host === undefined ? await openBoth(open, options.port) : [await open(options.host, options.port)];
  return {
    port: doors[0]!.port,
    urls: doors.map((door) => door.url),
    close: async () => {
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}

/** Both families on one port; a free one of IPv4 may be taken for IPv6, then another is tried. */
async function openBoth(
  open: (host: string, port: number) => Promise<UdpDoor>,
  port: number,
  attempts = port === 0 ? MAX_PORT_ATTEMPTS : 1,
): Promise<UdpDoor[]> {
  const first = await open('0.0.0.0', port);
  try {
    return [first, await open('::', first.port)];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (NO_FAMILY_CODES.has(code)) return [first];
    await first.close();
    if (code !== 'EADDRINUSE' || attempts === 1) throw error;
    return openBoth(open, port, attempts - 1);
  }
}

class UdpDoor {
  readonly #socket: Socket;
  readonly #answers: UdpAnswers;
  readonly #clock: Clock;
  #scratch = Buffer.allocUnsafeSlow(MAX_UDP_REPLY_BYTES);
  /** Views of the scratch buffer by length, made when first needed: a view per answer would be garbage. */
  #views: (Buffer | undefined)[] = new Array(MAX_UDP_REPLY_BYTES + 1);

  static async open(host: string, port: number, answers: UdpAnswers, options: UdpListenerOptions): Promise<UdpDoor> {
    const door = new UdpDoor(isIPv6(host), answers, options.clock);
    await door.#bind(host, port);
    door.#socket.on('error', options.onError);
    return door;
  }

  private constructor(isV6: boolean, answers: UdpAnswers, clock: Clock) {
    this.#answers = answers;
    this.#clock = clock;
    this.#socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6, lookup: isV6 ? lookupV6 : lookupV4 });
    this.#socket.on('message', this.#onMessage);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get url(): string {
    const { address, family, port } = this.#socket.address();
    return `udp://${family === 'IPv6' ? `[${address}]` : address}:${port}/announce`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.close(resolve);
    });
  }

  #bind(host: string, port: number): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        socket.close();
        reject(error);
      };
      socket.once('error', fail);
      socket.bind({ address: host, port }, () => {
        socket.off('error', fail);
        socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
        resolve();
      });
    });
  }

  readonly #onMessage = (bytes: Buffer, remote: RemoteInfo): void => {
    const { request } = this.#answers;
    const family = parseAddress(remote.address, request.address);
    if (family === 0 || remote.port === 0) return;
    request.family = family;
    const length = this.#answers.write(bytes, Math.floor(this.#clock.now() / 1000), this.#scratch);
    if (length > 0) this.#send(length, remote);
  };

  /** Without a callback a lost answer is nobody's concern: the client asks again. */
  #send(length: number, remote: RemoteInfo): void {
    this.#views[length] ??= this.#scratch.subarray(0, length);
    this.#socket.send(this.#views[length], remote.port, remote.address);
    if (this.#socket.getSendQueueCount() === 0) return;
    this.#scratch = Buffer.allocUnsafeSlow(MAX_UDP_REPLY_BYTES); // the kernel was full: the old one waits to be sent
    this.#views = new Array(MAX_UDP_REPLY_BYTES + 1);
  }
}

type LookupCallback = (error: null, address: string, family: number) => void;

/** Sources are addresses already: resolving them at once saves a tick per answer. */
function lookupV4(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, 4);
}

function lookupV6(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, 6);
}
