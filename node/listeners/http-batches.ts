// The front of the HTTP door where our own addon is built (node/native): announces and scrapes that come whole on a
// connection of their own, as most clients send them, are answered in batches, without a socket object for each. Every other
// connection becomes a socket of Node.js, with what was read of it.

import { Socket } from 'node:net';
import { IPV4_BYTES, IPV6_BYTES, parseAddress } from '../../shared/protocol/endpoint.ts';
import { HEAD_ANNOUNCE, HEAD_SCRAPE, type HeadKind } from '../../shared/protocol/http-head.ts';
import type { NetworkSet } from '../../shared/protocol/networks.ts';
import type { AnnounceRequest } from '../../shared/protocol/tracker-messages.ts';
import type { SocketsAddon } from '../native/addon.ts';
import { type Acceptor, BACKLOG, type BoundAddress, type Door, type ListenOptions } from './http-acceptor.ts';
import { MAX_RESPONSE_BYTES } from './http-answers.ts';

const BATCH = 64;
/** Real requests have 300 to 700 bytes; a longer one goes the other way. */
const MAX_REQUEST_BYTES = 2048;

// A slot tells C and JavaScript about one connection: `struct slot` in tcp-batch.c.
const SLOT_WORDS = 9;
const DESCRIPTOR = 0;
const REQUEST_BYTES = 1;
const ANSWER_AT = 2;
const ANSWER_BYTES = 3;
const FAMILY = 4;
/** In network byte order; IPv4 uses the first of four words. */
const ADDRESS = 5;

/** In place of a length: the connection is JavaScript's now. */
const TAKEN = -1;

/** What binding every IPv6 address fails with where the family is switched off. */
const NO_FAMILY_CODES = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

export class HttpBatches implements Acceptor {
  readonly scheme = 'http';
  readonly isNative = true;
  readonly #addon: SocketsAddon;
  /** Their requests may speak for others, which is looked into elsewhere. */
  readonly #trustedProxies: NetworkSet | undefined;
  readonly #slots = new Int32Array(BATCH * SLOT_WORDS);
  readonly #slotBytes = new Uint8Array(this.#slots.buffer);
  readonly #input = Buffer.alloc(BATCH * MAX_REQUEST_BYTES);
  readonly #requests: readonly Buffer[];
  readonly #output = Buffer.allocUnsafeSlow(BATCH * MAX_RESPONSE_BYTES);
  readonly #sockets = new Set<Socket>();
  readonly #lastClosed = Promise.withResolvers<void>();
  #maxConnections = 0;
  #door!: Door;
  #handle: object | undefined;

  constructor(addon: SocketsAddon, trustedProxies: NetworkSet | undefined) {
    this.#addon = addon;
    this.#trustedProxies = trustedProxies;
    this.#requests = Array.from({ length: BATCH }, (_, i) =>
      this.#input.subarray(i * MAX_REQUEST_BYTES, (i + 1) * MAX_REQUEST_BYTES),
    );
  }

  async listen({ host, port, maxConnections }: ListenOptions, door: Door): Promise<BoundAddress> {
    this.#door = door;
    this.#maxConnections = maxConnections;
    if (host !== undefined) return this.#bind(host, port);
    try {
      return this.#bind('::', port);
    } catch (error) {
      if (!NO_FAMILY_CODES.has(String((error as NodeJS.ErrnoException).code))) throw error;
      return this.#bind('0.0.0.0', port);
    }
  }

  close(): Promise<void> {
    if (this.#handle !== undefined) this.#addon.close(this.#handle);
    this.#handle = undefined;
    if (this.#sockets.size === 0) this.#lastClosed.resolve();
    return this.#lastClosed.promise;
  }

  #bind(host: string, port: number): BoundAddress {
    const address = Buffer.alloc(IPV6_BYTES);
    const length = parseAddress(host, address) === 6 ? IPV6_BYTES : IPV4_BYTES;
    const buffers = [this.#input, this.#output, this.#slotBytes] as const;
    const functions = [this.#onRequests, this.#onUnsent] as const;
    this.#handle = this.#addon.openTcp(address.subarray(0, length), port, BACKLOG, buffers, functions);
    return { host, port: this.#addon.port(this.#handle) };
  }

  readonly #onRequests = (count: number): void => {
    const nowSeconds = Math.floor(this.#door.context.now() / 1000);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const slot = i * SLOT_WORDS;
      const end = this.#respond(i, nowSeconds, at);
      this.#slots[slot + ANSWER_AT] = at;
      this.#slots[slot + ANSWER_BYTES] = end - at;
      if (end === at) this.#adopt(i);
      at = end;
    }
  };

  /** Answers the request if it is the only one of its connection; the answer's end, `at` when it is not. */
  #respond(index: number, nowSeconds: number, at: number): number {
    const { head, answers } = this.#door.context;
    const bytes = this.#requests[index]!;
    const length = this.#slots[index * SLOT_WORDS + REQUEST_BYTES]!;
    const kind = head.read(bytes, 0, length);
    if (!isTracking(kind) || head.isKeepAlive || head.end !== length) return at;
    const { request } = answers;
    this.#readSource(index * SLOT_WORDS, request);
    if (this.#trustedProxies?.hasBytes(request.address, request.family)) return at;
    return answers.respond(kind, head, false, bytes, nowSeconds, this.#output, at);
  }

  #readSource(slot: number, into: AnnounceRequest): void {
    const start = (slot + ADDRESS) * Int32Array.BYTES_PER_ELEMENT;
    into.family = this.#slots[slot + FAMILY] === 6 ? 6 : 4;
    const length = into.family === 6 ? IPV6_BYTES : IPV4_BYTES;
    for (let i = 0; i < length; i++) into.address[i] = this.#slotBytes[start + i]!;
  }

  /** Makes a socket of the connection; one too many is left to the addon, which closes it for want of an answer. */
  #adopt(index: number): void {
    if (this.#sockets.size >= this.#maxConnections) {
      this.#door.onDrop();
      return;
    }
    const slot = index * SLOT_WORDS;
    const received = Buffer.copyBytesFrom(this.#requests[index]!, 0, this.#slots[slot + REQUEST_BYTES]!);
    this.#slots[slot + ANSWER_BYTES] = TAKEN;
    this.#door.onConnection(this.#createSocket(slot), received);
  }

  readonly #onUnsent = (count: number): void => {
    for (let slot = 0; slot < count * SLOT_WORDS; slot += SLOT_WORDS) {
      const length = this.#slots[slot + ANSWER_BYTES]!;
      if (length === TAKEN) continue;
      const rest = Buffer.copyBytesFrom(this.#output, this.#slots[slot + ANSWER_AT]!, length);
      this.#door.onUnsent(this.#createSocket(slot), rest);
    }
  };

  #createSocket(slot: number): Socket {
    const socket = new Socket({ fd: this.#slots[slot + DESCRIPTOR]! });
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#handle === undefined && this.#sockets.size === 0) this.#lastClosed.resolve();
    });
    return socket;
  }
}

function isTracking(kind: HeadKind): boolean {
  return kind === HEAD_ANNOUNCE || kind === HEAD_SCRAPE;
}
