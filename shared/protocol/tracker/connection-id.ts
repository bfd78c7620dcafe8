// Connection ids of BEP 15: proof that a client receives what is sent to its address, without remembering clients. An id
// is 16 bits of the second it was made in and 48 bits of a keyed hash of that second and the address. The port is left
// out, since clients reuse an id for other ports; whoever holds the same secret accepts it too.

import { SipHash } from './siphash.ts';
import type { AddressFamily } from './tracker-messages.ts';

export const CONNECTION_SECRET_BYTES = 16;
/** BEP 15: accepted until two minutes after it was sent. */
export const CONNECTION_ID_SECONDS = 120;
/** For clients that keep ids for as long as an announce interval. */
export const LENIENT_CONNECTION_ID_SECONDS = 7200;
/** How far the clock of another holder of the secret may be ahead. */
const MAX_SKEW_SECONDS = 2;
const SECONDS_MODULUS = 0x10000;

export class ConnectionIds {
  readonly #hash: SipHash;
  readonly #lifetimeSeconds: number;
  /** Address, then the second in 4 bytes. */
  readonly #message = new Uint8Array(20);

  /** `secret` has 16 bytes; share it between processes that answer on one IP address, and keep it over a restart. */
  constructor(secret: Uint8Array, lifetimeSeconds: number = CONNECTION_ID_SECONDS) {
    this.#hash = new SipHash(secret);
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** Writes the id of this address at `out[at]`. */
  write(address: Uint8Array, family: AddressFamily, nowSeconds: number, out: Uint8Array, at: number): void {
    this.#digest(address, family, nowSeconds);
    const { low, high } = this.#hash;
    writeShort(nowSeconds, out, at);
    writeShort(low, out, at + 2);
    writeShort(low >>> 16, out, at + 4);
    writeShort(high, out, at + 6);
  }

  /** Whether the id at `bytes[at]` was made for this address and is not too old. */
  isValid(address: Uint8Array, family: AddressFamily, nowSeconds: number, bytes: Uint8Array, at: number): boolean {
    let age = (nowSeconds - readShort(bytes, at)) & (SECONDS_MODULUS - 1);
    if (age >= SECONDS_MODULUS - MAX_SKEW_SECONDS) age -= SECONDS_MODULUS;
    if (age > this.#lifetimeSeconds) return false;
    this.#digest(address, family, nowSeconds - age);
    const { low, high } = this.#hash;
    const difference =
      (readShort(bytes, at + 2) ^ (low & 0xffff)) |
      (readShort(bytes, at + 4) ^ (low >>> 16)) |
      (readShort(bytes, at + 6) ^ (high & 0xffff));
    return difference === 0;
  }

  #digest(address: Uint8Array, family: AddressFamily, seconds: number): void {
    const message = this.#message;
    const addressLength = family === 4 ? 4 : 16;
    for (let i = 0; i < addressLength; i++) message[i] = address[i]!;
    writeShort(seconds >>> 16, message, addressLength);
    writeShort(seconds, message, addressLength + 2);
    this.#hash.hash(message, addressLength + 4);
  }
}

function writeShort(value: number, out: Uint8Array, at: number): void {
  out[at] = (value >>> 8) & 0xff;
  out[at + 1] = value & 0xff;
}

function readShort(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
