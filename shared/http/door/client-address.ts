// Whose request it is: the socket's other end, or, when that is a trusted proxy, whom the proxy names.

import { type Family, parseAddress } from '../../protocol/addresses/endpoint.ts';
import type { NetworkSet } from '../../protocol/addresses/networks.ts';
import { readWord } from '../../protocol/encoding/words.ts';
import { type HttpHead, readForwardedFor } from '../../protocol/tracker/http-head.ts';
import type { AnnounceRequest } from '../../protocol/tracker/tracker-messages.ts';
import { clientAddress } from '../client-address.ts';

/** What limits per client count by: the IPv4 address as a number, or the /64 of an IPv6 address. */
export type ClientPrefix = number | string;

const IPV6_PREFIX_BYTES = 8;
const scratch = Buffer.alloc(16);

/**
 * The address of one connection. Its bytes are read from the text for every request: that is cheaper than keeping a buffer
 * for each of many connections.
 */
export class ClientAddress {
  readonly prefix: ClientPrefix;
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
    this.prefix = clientPrefix(scratch, family);
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

/** The first 4 bytes of the address count when the family is 4. */
export function clientPrefix(address: Buffer, family: Family | 0): ClientPrefix {
  return family === 4 ? readWord(address, 0) : address.toString('latin1', 0, IPV6_PREFIX_BYTES);
}
