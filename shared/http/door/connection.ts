// One connection of a BitTorrent client: finds requests in what arrives, in whatever pieces, answers them in order with
// one write per readable chunk, and hands everything that is not an announce or scrape to the control plane.

import type { Socket } from 'node:net';
import {
  HEAD_BAD,
  HEAD_INCOMPLETE,
  HEAD_OTHER,
  type HeadKind,
  type HttpHead,
} from '../../protocol/tracker/http-head.ts';
import type { ClientAddress } from './client-address.ts';
import type { OpenConnection } from './open-connection.ts';
import type { TrackerAnswers } from './tracker-answers.ts';

/** Longer heads end the connection: real ones have 300 to 700 bytes. */
const MAX_HEAD_BYTES = 8192;
/** How long the other side may take to close after the last answer was sent. */
const LINGER_MS = 2000;

/** What all connections of a listener share. */
export interface ConnectionContext {
  readonly answers: TrackerAnswers;
  readonly head: HttpHead;
  /** For a few of the longest answers, some hundred ordinary ones; they are copied from here once, when they are sent. */
  readonly scratch: Buffer;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  isDraining: boolean;
  now(): number;
  /** Takes the socket over, with the bytes that were read but not understood. */
  handOver(connection: HttpConnection, socket: Socket, bytes: Buffer): void;
}

export class HttpConnection implements OpenConnection {
  deadlineMs: number;
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #client: ClientAddress;
  #rest: Buffer | undefined = undefined;
  #isEnding = false;

  constructor(socket: Socket, client: ClientAddress, context: ConnectionContext) {
    this.#socket = socket;
    this.#client = client;
    this.#context = context;
    this.deadlineMs = context.now() + context.headTimeoutMs;
    socket.on('data', this.#onData);
  }

  drain(): void {
    if (this.#rest === undefined) this.#end();
  }

  /** Sends the last answer, and closes. */
  finish(answer: Buffer): void {
    this.#socket.write(answer);
    this.#end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isEnding) return;
    this.#process(this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]));
  };

  /** The other side reads again: answer what was left waiting. */
  readonly #onDrain = (): void => {
    if (this.#isEnding) return;
    this.#socket.resume();
    if (this.#rest !== undefined) this.#process(this.#rest);
  };

  #process(bytes: Buffer): void {
    const { head, scratch, answers } = this.#context;
    const wasPartial = this.#rest !== undefined;
    let at = 0;
    let written = 0;
    while (at < bytes.length) {
      const kind = head.read(bytes, at, bytes.length);
      at = head.start;
      if (kind === HEAD_INCOMPLETE) break;
      if (kind === HEAD_OTHER) {
        this.#send(written);
        this.#handOver(bytes.subarray(at));
        return;
      }
      written = this.#respond(kind, bytes, written);
      at = head.end;
      if (!this.#isKeepAlive(kind)) {
        this.#send(written);
        this.#close(at === bytes.length);
        return;
      }
      if (scratch.length - written >= answers.maxResponseBytes) continue;
      this.#send(written);
      written = 0;
      if (this.#socket.writableNeedDrain) break;
    }
    this.#send(written);
    this.#keep(bytes, at, wasPartial && at === 0);
  }

  /** Answers the request in the shared head; the end of what is written. */
  #respond(kind: HeadKind, bytes: Buffer, at: number): number {
    const { head, scratch, answers } = this.#context;
    if (kind !== HEAD_BAD) this.#client.write(bytes, head, answers.request);
    return answers.respond(kind, head, this.#isKeepAlive(kind), bytes, this.#context.now(), scratch, at);
  }

  /** Whether the connection outlives the request in the shared head. */
  #isKeepAlive(kind: HeadKind): boolean {
    return this.#context.head.isKeepAlive && !this.#context.isDraining && kind !== HEAD_BAD;
  }

  #send(length: number): void {
    if (length > 0) this.#socket.write(Buffer.copyBytesFrom(this.#context.scratch, 0, length));
  }

  /** Remembers an unfinished head, and by when it must be finished. */
  #keep(bytes: Buffer, at: number, isSameHead: boolean): void {
    const context = this.#context;
    this.#socket.setNoDelay(true); // only now, since a socket that is closed after its answer needs no such call
    // A copy: the last bytes of a chunk would keep all 64 KB of it.
    this.#rest = at < bytes.length ? Buffer.copyBytesFrom(bytes, at) : undefined;
    if (this.#socket.writableNeedDrain) {
      if (!this.#socket.isPaused()) this.#socket.pause().once('drain', this.#onDrain);
      this.deadlineMs = context.now() + context.idleTimeoutMs;
    } else if (this.#rest === undefined) {
      this.deadlineMs = context.now() + context.idleTimeoutMs;
    } else if (this.#rest.length > MAX_HEAD_BYTES) {
      this.#socket.destroy();
    } else if (!isSameHead) {
      this.deadlineMs = context.now() + context.headTimeoutMs;
    }
  }

  /**
   * Ends the connection after its last answer. When the kernel took the answer and nothing else was read, the socket can be
   * closed at once: that saves two system calls and waiting for the other side.
   */
  #close(isAllRead: boolean): void {
    if (isAllRead && this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#end();
  }

  /** Sends FIN and drops what still arrives: closing with bytes unread would reset the connection and lose the answer. */
  #end(): void {
    this.#isEnding = true;
    this.#rest = undefined;
    this.deadlineMs = this.#context.now() + LINGER_MS;
    this.#socket.end();
  }

  #handOver(bytes: Buffer): void {
    this.#socket.off('data', this.#onData);
    this.#socket.off('drain', this.#onDrain);
    this.#socket.setNoDelay(true);
    this.#context.handOver(this, this.#socket, bytes);
  }
}
