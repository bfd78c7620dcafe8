// The addon in C of this folder, which `npm run build` compiles where it can. Nothing needs it: it does cheaper what
// node:dgram and node:net do.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IPV6_BYTES, parseAddress } from '../../shared/protocol/addresses/endpoint.ts';

/**
 * Sockets that call JavaScript once for up to 64 requests. The buffers are one for requests, one for answers, and slots of a
 * fixed size, each of which tells about one request and its answer; see the `struct slot` of each kind. `host` is an address of
 * 4 or 16 bytes; opening throws with the `code` of the system. A socket with a thread reads and sends there, touches the buffers
 * only while no function is called, and may share its port with others that have one.
 */
export interface SocketsAddon {
  /** The i-th request lies in the i-th part of `input`; its answer belongs into the i-th part of `output`. */
  openUdp(
    host: Uint8Array,
    port: number,
    receiveBufferBytes: number,
    buffers: BatchBuffers,
    functions: readonly [onRequests: (count: number) => void],
    hasThread: boolean,
  ): object;
  /**
   * The i-th request, or its beginning, lies in the i-th part of `input`; its slot says where in `output` the answer is, and
   * whether the connection is closed after it or kept for the next request, or that the connection was taken over. `onUnsent` is
   * called when answers of the batch did not leave whole: their slots tell of the rest, and the connections must be taken over.
   * So must those that are kept when the socket is closed, in a later turn of the loop.
   */
  openTcp(
    host: Uint8Array,
    port: number,
    backlog: number,
    buffers: BatchBuffers,
    functions: readonly [onRequests: (count: number) => void, onUnsent: (count: number) => void],
    hasThread: boolean,
  ): object;
  port(handle: object): number;
  /** Ends a connection that is kept, which then brings a request of no bytes. */
  hangUp(descriptor: number): void;
  /** Asks the kernel for huge pages where the buffer comes into use, by which large stores miss the TLB less. */
  preferHugePages(buffer: ArrayBufferLike): void;
  /** At once, or at the end of the function that calls it: no function is called after it. */
  close(handle: object): void;
}

export type BatchBuffers = readonly [input: Uint8Array, output: Uint8Array, slots: Uint8Array];

/** What is passed to the addon and read of it, the slots too: one more with each change of it, as in addon.c. */
const INTERFACE = 1;

/** Where bin/build-native.cjs puts it, from here in the sources and from here in dist. */
const FOLDERS = ['../../dist/native', '../../native'];

/** Whether the addon can listen on this host: an address without a zone. */
export function isForAddon(host: string): boolean {
  return !host.includes('%') && parseAddress(host, Buffer.alloc(IPV6_BYTES)) !== 0;
}

/** Undefined where it has not been built, or cannot be used, which `onUnusable` is told. */
export function loadAddon(onUnusable?: (reason: unknown) => void): SocketsAddon | undefined {
  const file = `sockets-${process.platform}-${process.arch}.node`;
  const path = FOLDERS.map((folder) => join(import.meta.dirname, folder, file)).find(existsSync);
  if (path === undefined) return undefined;
  try {
    return readAddon(path);
  } catch (error) {
    onUnusable?.(error);
    return undefined;
  }
}

/** Throws when it was built for another C library, or from other sources than these. */
export function readAddon(path: string): SocketsAddon {
  const addon: SocketsAddon & { readonly interface?: number } = createRequire(import.meta.url)(path);
  if (addon.interface === INTERFACE) return addon;
  throw new Error(`${path} was built from other sources: npm run native builds it anew`);
}
