// The addons in C of this folder, which `npm run build` compiles where it can. Nothing needs them: they make the same
// things cheaper.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** udp-batch.c. */
export interface UdpBatchAddon {
  /**
   * Binds a socket to the address `host` of 4 or 16 bytes. `onRequests` is called with a number of datagrams: slot i describes
   * the i-th, which lies in the i-th part of `input`; its answer belongs into the i-th part of `output`. Throws with the
   * `code` of the system.
   */
  open(
    host: Uint8Array,
    port: number,
    receiveBufferBytes: number,
    buffers: readonly [input: Uint8Array, output: Uint8Array, slots: Uint8Array],
    onRequests: (count: number) => void,
  ): object;
  port(handle: object): number;
  /** At once: no call of `onRequests` comes after it. */
  close(handle: object): void;
}

/** Where bin/build-native.cjs puts them, from here in the sources and from here in dist. */
const FOLDERS = ['../../dist/native', '../../native'];

/** Undefined where it has not been built. */
export function loadUdpBatch(): UdpBatchAddon | undefined {
  return load('udp-batch');
}

function load<Addon>(name: string): Addon | undefined {
  const file = `${name}-${process.platform}-${process.arch}.node`;
  const path = FOLDERS.map((folder) => join(import.meta.dirname, folder, file)).find(existsSync);
  if (path === undefined) return undefined;
  try {
    return createRequire(import.meta.url)(path);
  } catch {
    return undefined; // built for another C library or processor
  }
}
