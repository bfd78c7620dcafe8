// Whose request it is: the socket's other end, or, when that is a trusted proxy, whom the proxy names.

import { clientAddress } from '../../shared/http/client-address.ts';
import { type Family, parseAddress } from '../../shared/protocol/endpoint.ts';
import { type HttpHead, readForwardedFor } from '../../shared/protocol/http-head.ts';
import type { NetworkSet } from '../../shared/protocol/networks.ts';
import type { AnnounceRequest } from '../../shared/protocol/tracker-messages.ts';

const IPV6_PREFIX_BYTES = 8;

/** The address of one connection, parsed once. */
export class ClientAddress {
  readonly isTrustedProxy: boolean;
  readonly #bytes = Buffer.alloc(16);
  readonly #family: Family | 0;
  readonly #text: string;
  readonly #trustedProxies: NetworkSet | undefined;

  /** `text` as `socket.remoteAddress` gives it. */
  constructor(text: string, trustedProxies: NetworkSet | undefined) {
    this.#text = text;
    this.#trustedProxies = trustedProxies;
    this.#family = parseAddress(text, this.#bytes);
    this.isTrustedProxy =
      trustedProxies !== undefined && this.#family !== 0 && trustedProxies.hasBytes(this.#bytes, this.#family);
  }

  /** False when the socket was gone before its address could be read. */
  get isKnown(): boolean {
    return this.#family !== 0;
  }

  /** What limits per client count by: the IPv4 address, or the /64 of an IPv6 address. */
  get prefix(): string {
    return this.#bytes.toString('latin1', 0, this.#family === 4 ? 4 : IPV6_PREFIX_BYTES);
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
    this.#bytes.copy(into.address);
    into.family = this.#family === 6 ? 6 : 4;
  }
}
