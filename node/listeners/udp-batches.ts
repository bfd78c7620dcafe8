// The UDP socket of our own addon (node/native): up to 64 datagrams per system call and call of JavaScript.

import { type Family, IPV4_BYTES, IPV6_BYTES, parseAddress } from '../../shared/protocol/addresses/endpoint.ts';
import { UdpReply } from '../../shared/protocol/tracker/udp-reply.ts';
import { MAX_UDP_REPLY_BYTES } from '../../shared/protocol/tracker/udp-request.ts';
import type { SocketsAddon } from '../native/addon.ts';
import { openSeveral, type PortSocket } from '../native/open-several.ts';
import { RECEIVE_BUFFER_BYTES, type UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

const BATCH = 64;
/**
 * The longest request, a scrape of 74 hashes, has 1496 bytes; what is behind these of a datagram does not count. A power of two
 * would have the beginnings of all requests fight for a few lines of the cache.
 */
const MAX_REQUEST_BYTES = 1600;

// A slot tells C and JavaScript about one datagram: `struct slot` in udp.c.
const SLOT_WORDS = 6;
const REQUEST_BYTES = 0;
const ANSWER_BYTES = 1;
/** In network byte order; IPv4 uses the first of four words. */
const ADDRESS = 2;

/** With several workers as many sockets share the port, each with a thread; requests are answered in this one alone. */
export async function openBatchSocket(
  addon: SocketsAddon,
  workers: number,
  options: UdpSocketOptions,
): Promise<UdpSocket> {
  const sockets = openSeveral(workers, options.port, (port, hasThread) => {
    return new BatchSocket(addon, { ...options, port }, hasThread);
  });
  return {
    port: sockets[0]!.port,
    close: async () => {
      for (const socket of sockets) socket.close();
    },
  };
}

class BatchSocket implements PortSocket {
  readonly port: number;
  readonly #addon: SocketsAddon;
  readonly #handle: object;
  readonly #options: UdpSocketOptions;
  readonly #family: Family;
  readonly #slots = new Int32Array(BATCH * SLOT_WORDS);
  readonly #slotBytes = new Uint8Array(this.#slots.buffer);
  readonly #requests: readonly Buffer[];
  readonly #replies: readonly UdpReply[];

  constructor(addon: SocketsAddon, options: UdpSocketOptions, hasThread: boolean) {
    const address = Buffer.alloc(IPV6_BYTES);
    const isV6 = parseAddress(options.host, address) === 6;
    const input = Buffer.alloc(BATCH * MAX_REQUEST_BYTES);
    const output = Buffer.alloc(BATCH * MAX_UDP_REPLY_BYTES);
    this.#addon = addon;
    this.#options = options;
    this.#family = isV6 ? 6 : 4;
    this.#requests = cut(input, MAX_REQUEST_BYTES);
    this.#replies = cut(output, MAX_UDP_REPLY_BYTES).map((bytes) => new UdpReply(bytes));
    const host = address.subarray(0, isV6 ? IPV6_BYTES : IPV4_BYTES);
    const buffers = [input, output, this.#slotBytes] as const;
    this.#handle = addon.openUdp(host, options.port, RECEIVE_BUFFER_BYTES, buffers, [this.#onRequests], hasThread);
    this.port = addon.port(this.#handle);
  }

  close(): void {
    this.#addon.close(this.#handle);
  }

  readonly #onRequests = (count: number): void => {
    const { answers, clock } = this.#options;
    const { request } = answers;
    const nowSeconds = Math.floor(clock.now() / 1000);
    request.family = this.#family;
    answers.expect(this.#requests, count, this.#family);
    for (let i = 0; i < count; i++) {
      const slot = i * SLOT_WORDS;
      this.#readAddress(slot, request.address);
      const length = this.#slots[slot + REQUEST_BYTES]!;
      this.#slots[slot + ANSWER_BYTES] = answers.write(this.#requests[i]!, length, nowSeconds, this.#replies[i]!);
    }
  };

  #readAddress(slot: number, into: Uint8Array): void {
    const start = (slot + ADDRESS) * Int32Array.BYTES_PER_ELEMENT;
    const length = this.#family === 4 ? IPV4_BYTES : IPV6_BYTES;
    for (let i = 0; i < length; i++) into[i] = this.#slotBytes[start + i]!;
  }
}

/** One view of `bytes` bytes for each datagram of a batch. */
function cut(buffer: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: BATCH }, (_, i) => buffer.subarray(i * bytes, (i + 1) * bytes));
}
