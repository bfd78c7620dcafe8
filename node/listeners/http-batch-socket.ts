// One listening socket of our own addon (node/native): up to 64 connections per call, each with a request. Announces and scrapes
// that come one at a time are answered, and the connection is closed or kept, without a socket object; the others are handed on.

import { BACKLOG } from '../../shared/http/door/acceptor.ts';
import type { ConnectionContext } from '../../shared/http/door/connection.ts';
import { IPV4_BYTES, IPV6_BYTES, parseAddress } from '../../shared/protocol/addresses/endpoint.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import { HEAD_ANNOUNCE, HEAD_SCRAPE, type HeadKind } from '../../shared/protocol/tracker/http-head.ts';
import type { AnnounceRequest } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { SocketsAddon } from '../native/addon.ts';
import type { PortSocket } from '../native/open-several.ts';
import { MAX_RESPONSE_BYTES } from './http-answers.ts';
import { KeptConnection } from './kept-connection.ts';

const BATCH = 64;
/** Real requests have 300 to 700 bytes; a longer one is handed on. */
const MAX_REQUEST_BYTES = 2048;

// A slot tells C and JavaScript about one connection: `struct slot` in tcp.c.
const SLOT_WORDS = 10;
const DESCRIPTOR = 0;
const REQUEST_BYTES = 1;
const ANSWER_AT = 2;
const ANSWER_BYTES = 3;
const KEEPING = 4;
/** Of a connection that was not kept. */
const FAMILY = 5;
/** In network byte order; IPv4 uses the first of four words. */
const ADDRESS = 6;

/** In place of a length: the connection is JavaScript's now. */
const TAKEN = -1;
/** What is done with a connection after its answer: closed, waited for already, or waited for from now on. */
const CLOSED = 0;
const KEPT = 1;
const TO_KEEP = 2;

const NOTHING = Buffer.alloc(0);

export interface BatchSocketOptions {
  readonly addon: SocketsAddon;
  /** An IP address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly hasThread: boolean;
  readonly context: ConnectionContext;
  /** Their requests may speak for others, which is looked into elsewhere. */
  readonly trustedProxies: NetworkSet | undefined;
  /** Takes a connection over, on which `received` was read; one too many is left, and closed for want of an answer. */
  adopt(descriptor: number, received: Buffer): boolean;
  /** Takes a connection over that ends with what is left of its answer. */
  finish(descriptor: number, answer: Buffer): void;
  /** Counts a connection that is to be kept; false when there are too many. */
  hold(connection: KeptConnection): boolean;
  release(connection: KeptConnection): void;
}

export class HttpBatchSocket implements PortSocket {
  readonly port: number;
  readonly #options: BatchSocketOptions;
  readonly #handle: object;
  readonly #slots = new Int32Array(BATCH * SLOT_WORDS);
  readonly #slotBytes = new Uint8Array(this.#slots.buffer);
  readonly #requests: readonly Buffer[];
  readonly #output = Buffer.allocUnsafeSlow(BATCH * MAX_RESPONSE_BYTES);
  /** By their descriptors. */
  readonly #kept = new Map<number, KeptConnection>();

  /** Listens; throws with the `code` of the system. */
  constructor(options: BatchSocketOptions) {
    const { addon, host, port, hasThread } = options;
    const input = Buffer.alloc(BATCH * MAX_REQUEST_BYTES);
    const address = Buffer.alloc(IPV6_BYTES);
    const addressBytes = parseAddress(host, address) === 6 ? IPV6_BYTES : IPV4_BYTES;
    const buffers = [input, this.#output, this.#slotBytes] as const;
    const functions = [this.#onRequests, this.#onUnsent] as const;
    this.#options = options;
    this.#requests = Array.from({ length: BATCH }, (_, i) =>
      input.subarray(i * MAX_REQUEST_BYTES, (i + 1) * MAX_REQUEST_BYTES),
    );
    this.#handle = addon.openTcp(address.subarray(0, addressBytes), port, BACKLOG, buffers, functions, hasThread);
    this.port = addon.port(this.#handle);
  }

  /** Hands on those kept, but only when the addon has sent what may be on its way. */
  close(): void {
    this.#options.addon.close(this.#handle);
    setImmediate(() => {
      for (const descriptor of this.#kept.keys()) {
        this.#release(descriptor);
        this.#options.adopt(descriptor, NOTHING);
      }
    });
  }

  readonly #onRequests = (count: number): void => {
    const now = this.#options.context.now();
    let at = 0;
    for (let i = 0; i < count; i++) {
      const slot = i * SLOT_WORDS;
      const end = this.#respond(i, now, at);
      this.#slots[slot + ANSWER_AT] = at;
      this.#slots[slot + ANSWER_BYTES] = end === at && this.#handOn(i) ? TAKEN : end - at;
      at = end;
    }
  };

  /** Answers the request if it came alone and whole; the answer's end, `at` when it did not. */
  #respond(index: number, now: number, at: number): number {
    const { context, trustedProxies } = this.#options;
    const { head, answers } = context;
    const bytes = this.#requests[index]!;
    const slot = index * SLOT_WORDS;
    const length = this.#slots[slot + REQUEST_BYTES]!;
    const kind = head.read(bytes, 0, length);
    if (!isTracking(kind) || head.end !== length) return at;
    const { request } = answers;
    const kept = this.#slots[slot + KEEPING] === KEPT ? this.#kept.get(this.#slots[slot + DESCRIPTOR]!) : undefined;
    if (kept === undefined) this.#readSource(slot, request);
    else kept.writeSource(request);
    if (trustedProxies?.hasBytes(request.address, request.family)) return at;
    const isKeepAlive = head.isKeepAlive && !context.isDraining;
    if (!isKeepAlive) this.#leave(slot);
    else if (!this.#keep(slot, kept, request, now)) return at;
    return answers.respond(kind, head, isKeepAlive, bytes, now, this.#output, at);
  }

  /** False when there are too many. */
  #keep(slot: number, kept: KeptConnection | undefined, request: AnnounceRequest, now: number): boolean {
    const { addon, context } = this.#options;
    const deadlineMs = now + context.idleTimeoutMs;
    if (kept !== undefined) {
      kept.deadlineMs = deadlineMs;
      return true;
    }
    const descriptor = this.#slots[slot + DESCRIPTOR]!;
    const connection = new KeptConnection(addon, descriptor, request, deadlineMs);
    if (!this.#options.hold(connection)) return false;
    this.#kept.set(descriptor, connection);
    this.#slots[slot + KEEPING] = TO_KEEP;
    return true;
  }

  /** It is to be closed after what is answered, if anything. */
  #leave(slot: number): void {
    if (this.#slots[slot + KEEPING] === KEPT) this.#release(this.#slots[slot + DESCRIPTOR]!);
    this.#slots[slot + KEEPING] = CLOSED;
  }

  #release(descriptor: number): void {
    const kept = this.#kept.get(descriptor);
    if (kept === undefined) return;
    this.#kept.delete(descriptor);
    this.#options.release(kept);
  }

  #readSource(slot: number, into: AnnounceRequest): void {
    const start = (slot + ADDRESS) * Int32Array.BYTES_PER_ELEMENT;
    into.family = this.#slots[slot + FAMILY] === 6 ? 6 : 4;
    const length = into.family === 6 ? IPV6_BYTES : IPV4_BYTES;
    for (let i = 0; i < length; i++) into.address[i] = this.#slotBytes[start + i]!;
  }

  /** False when the connection is to be closed: one too many, or one that was kept and has ended. */
  #handOn(index: number): boolean {
    const slot = index * SLOT_WORDS;
    const descriptor = this.#slots[slot + DESCRIPTOR]!;
    const length = this.#slots[slot + REQUEST_BYTES]!;
    const wasKept = this.#slots[slot + KEEPING] === KEPT;
    if (wasKept) this.#release(descriptor);
    const received = Buffer.copyBytesFrom(this.#requests[index]!, 0, length);
    if (!(wasKept && length === 0) && this.#options.adopt(descriptor, received)) return true;
    this.#slots[slot + KEEPING] = CLOSED;
    return false;
  }

  readonly #onUnsent = (count: number): void => {
    for (let slot = 0; slot < count * SLOT_WORDS; slot += SLOT_WORDS) {
      const length = this.#slots[slot + ANSWER_BYTES]!;
      if (length === TAKEN) continue;
      this.#slots[slot + ANSWER_BYTES] = TAKEN;
      const rest = Buffer.copyBytesFrom(this.#output, this.#slots[slot + ANSWER_AT]!, length);
      this.#release(this.#slots[slot + DESCRIPTOR]!);
      this.#options.finish(this.#slots[slot + DESCRIPTOR]!, rest);
    }
  };
}

function isTracking(kind: HeadKind): boolean {
  return kind === HEAD_ANNOUNCE || kind === HEAD_SCRAPE;
}
