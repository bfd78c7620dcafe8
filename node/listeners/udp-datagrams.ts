// The UDP socket of Node.js: one system call and one call of JavaScript per datagram, on every system.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { parseAddress } from '../../shared/protocol/addresses/endpoint.ts';
import { UdpReply } from '../../shared/protocol/tracker/udp-reply.ts';
import { MAX_UDP_REPLY_BYTES } from '../../shared/protocol/tracker/udp-request.ts';
import { RECEIVE_BUFFER_BYTES, type UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

/** What every system has by itself. */
const MIN_BUFFER_BYTES = 64 * 1024;

export async function openDatagramSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  const datagrams = new Datagrams(options);
  await datagrams.bind();
  return datagrams;
}

class Datagrams implements UdpSocket {
  readonly #socket: Socket;
  readonly #options: UdpSocketOptions;
  #closed: Promise<void> | undefined;
  #reply = createReply();
  /** Views of the reply by length, made when first needed: a view per answer would be garbage. */
  #views: (Buffer | undefined)[] = new Array(MAX_UDP_REPLY_BYTES + 1);

  constructor(options: UdpSocketOptions) {
    const isV6 = isIPv6(options.host);
    this.#options = options;
    this.#socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6, lookup: isV6 ? lookupV6 : lookupV4 });
    this.#socket.on('message', this.#onMessage);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#socket.close(resolve);
    });
    return this.#closed;
  }

  bind(): Promise<void> {
    const socket = this.#socket;
    const { host, port, onError } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        socket.close();
        reject(error);
      };
      socket.once('error', fail);
      socket.bind({ address: host, port }, () => {
        socket.off('error', fail);
        socket.on('error', onError);
        askForBuffer(socket, RECEIVE_BUFFER_BYTES);
        resolve();
      });
    });
  }

  readonly #onMessage = (bytes: Buffer, remote: RemoteInfo): void => {
    const { answers, clock } = this.#options;
    const { request } = answers;
    const family = parseAddress(remote.address, request.address);
    if (family === 0 || remote.port === 0) return;
    request.family = family;
    const length = answers.write(bytes, bytes.length, Math.floor(clock.now() / 1000), this.#reply);
    if (length > 0) this.#send(length, remote);
  };

  /** Without a callback a lost answer is nobody's concern: the client asks again. */
  #send(length: number, remote: RemoteInfo): void {
    this.#views[length] ??= this.#reply.bytes.subarray(0, length);
    this.#socket.send(this.#views[length], remote.port, remote.address);
    if (this.#socket.getSendQueueCount() === 0) return;
    this.#reply = createReply(); // the kernel was full: the old one waits to be sent
    this.#views = new Array(MAX_UDP_REPLY_BYTES + 1);
  }
}

function createReply(): UdpReply {
  return new UdpReply(Buffer.allocUnsafeSlow(MAX_UDP_REPLY_BYTES));
}

/** Linux grants as much as it may; FreeBSD refuses what is more, and is asked for less. */
function askForBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    if (bytes > MIN_BUFFER_BYTES) askForBuffer(socket, bytes / 2);
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
