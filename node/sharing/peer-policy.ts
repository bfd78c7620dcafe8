// Which peers are shared at all, in both directions: nobody may use co-carriers to send clients to services (ports below
// 1024) or into networks where they would find something else than the peer.

import { isGlobalUnicastBytes, type NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';

/** Ports below are services'. */
export const MIN_SHARED_PORT = 1024;
const MAX_ADDRESS_BYTES = 16;

export type PolicyVerdict = 'allowed' | 'port' | 'address';

export class PeerPolicy {
  readonly #allowed: NetworkSet;
  readonly #address = new Uint8Array(MAX_ADDRESS_BYTES);

  /** `allowed` are networks that the operator shares although they are not public. */
  constructor(allowed: NetworkSet) {
    this.#allowed = allowed;
  }

  /** Judges the compact entry (address, then port) at `at`. */
  judge(bytes: Uint8Array, at: number, family: AddressFamily): PolicyVerdict {
    const addressBytes = family === 4 ? 4 : MAX_ADDRESS_BYTES;
    const port = (bytes[at + addressBytes]! << 8) | bytes[at + addressBytes + 1]!;
    if (port < MIN_SHARED_PORT) return 'port';
    for (let i = 0; i < addressBytes; i++) this.#address[i] = bytes[at + i]!;
    const isAllowed = isGlobalUnicastBytes(this.#address, family) || this.#allowed.hasBytes(this.#address, family);
    return isAllowed ? 'allowed' : 'address';
  }
}
