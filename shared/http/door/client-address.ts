// Whose request it is: the socket's other end, or, when that is a trusted proxy, whom the proxy names.

import { type Family, parseAddress } from '../../protocol/endpoint.ts';
import { type HttpHead, readForwardedFor } from '../../protocol/http-head.ts';
import type { NetworkSet } from '../../protocol/networks.ts';
import type { AnnounceRequest } from '../../protocol/tracker-messages.ts';
import { clientAddress } from '../client-address.ts';

const IPV6_PREFIX_BYTES = 8;
const scratch = Buffer.alloc(16);

/**
 * The address of one connection. Its bytes are read from the text for every request: that is cheaper than keeping a buffer
 * for each of many connections.
 */
export class ClientAddress {
  /** What limits per client count by: the IPv4 address as a number, or the /64 of an IPv6 address. */
  readonly prefix: number | string;
  readonly isTrustedProxy: boolean;
  readonly #family: Family | 0;
  readonly #text: string;
  readonly #trustedProxies: NetworkSet | undefined;

  /** `text` as `socket.remoteAddress` gives it. */
  constructor(text: string, trustedProxies: NetworkSet | undefined) {
    const family = parseAddress(text, scratch);
    this.#text = text;
    this.#trustedProxies = trustedProxies;
    this.#family = family;
    this.prefix = family === 4 ? readWord(scratch) : scratch.toString('latin1', 0, IPV6_PREFIX_BYTES);
    this.isTrustedProxy = trustedProxies !== undefined && family !== 0 && trustedProxies.hasBytes(scratch, family);
  }

  /** False when the socket was gone before its address could be read. */
  get isKnown(): boolean {
    return this.#family !== 0;
  }

  /** Writes `address` and `family` of a request whose head was read from `bytes`. */
  write(bytes: Buffer, head: HttpHead, into: AnnounceRequest): void {
    if (this.isTrustedProxy) this.writeForwarded(readForwardedFor(bytes, head), into);
    else this.#writeOwn(into);
  }

  /** The same for a request whose X-Forwarded-For is known; it counts only when a trusted proxy sent it. */
  writeForwarded(forwardedFor: string, into: AnnounceRequest): void {
    const family = this.isTrustedProxy
      ? parseAddress(clientAddress(this.#text, forwardedFor, this.#trustedProxies!), into.address)
      : 0;
    if (family === 0) this.#writeOwn(into);
    else into.family = family;
  }

  #writeOwn(into: AnnounceRequest): void {
    into.family = parseAddress(this.#text, into.address) === 6 ? 6 : 4;
  }
}

function readWord(bytes: Uint8Array): number {
  return (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
}
