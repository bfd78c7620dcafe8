// A connection that the addon keeps between the requests of a client: no socket, only what the limits and the answers need.

import { type ClientPrefix, clientPrefix } from '../../shared/http/door/client-address.ts';
import type { OpenConnection } from '../../shared/http/door/open-connection.ts';
import { IPV4_BYTES, IPV6_BYTES } from '../../shared/protocol/addresses/endpoint.ts';
import type { AddressFamily, AnnounceRequest } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { SocketsAddon } from '../native/addon.ts';

export class KeptConnection implements OpenConnection {
  deadlineMs: number;
  readonly descriptor: number;
  readonly prefix: ClientPrefix;
  readonly #addon: SocketsAddon;
  readonly #family: AddressFamily;
  readonly #address: Uint8Array;

  /** `request` has the address of the client. */
  constructor(addon: SocketsAddon, descriptor: number, { address, family }: AnnounceRequest, deadlineMs: number) {
    this.#addon = addon;
    this.#family = family;
    this.#address = Uint8Array.from(address.subarray(0, family === 4 ? IPV4_BYTES : IPV6_BYTES));
    this.descriptor = descriptor;
    this.prefix = clientPrefix(address, family);
    this.deadlineMs = deadlineMs;
  }

  /** Writes `address` and `family` of a request. */
  writeSource(into: AnnounceRequest): void {
    into.family = this.#family;
    for (let i = 0; i < this.#address.length; i++) into.address[i] = this.#address[i]!;
  }

  /** Nothing is to be done: it becomes a socket when the listening one is closed. */
  drain(): void {}

  destroy(): void {
    this.#addon.hangUp(this.descriptor);
  }
}
