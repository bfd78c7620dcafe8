// Sets of IP networks (CIDR), and which addresses belong to somebody on the public internet.

import { PublicError } from '../../errors.ts';
import { type Family, IPV4_BYTES, IPV6_BYTES, parseAddress } from './endpoint.ts';

const MAPPED_PREFIX_BITS = 96; // ::ffff:0:0/96, RFC 4291

export interface Network {
  readonly family: Family;
  /** 4 or 16 that count; bits behind the prefix may be set. */
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Networks such as 10.0.0.0/8, 2001:db8::/32, or a single address; throws PublicError 'network' for anything else. */
export class NetworkSet {
  readonly #networks: readonly Network[];

  constructor(cidrs: readonly string[]) {
    this.#networks = cidrs.map(parseNetwork);
  }

  /** False for what is not an address. */
  has(address: string): boolean {
    const bytes = new Uint8Array(IPV6_BYTES);
    const family = parseAddress(address, bytes);
    return family !== 0 && this.hasBytes(bytes, family);
  }

  /** The same for an address that is bytes already. */
  hasBytes(bytes: Uint8Array, family: Family): boolean {
    return this.#networks.some((network) => network.family === family && isWithin(bytes, network));
  }
}

/** Not globally reachable, or not one host, by the special-purpose registries (RFC 6890 and its successors). */
const SPECIAL_IPV4 = new NetworkSet([
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers' NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, withdrawn
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

const GLOBAL_IPV6 = new NetworkSet(['2000::/3']);

const SPECIAL_IPV6 = new NetworkSet([
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '3fff::/20', // documentation
]);

const NAT64 = new NetworkSet(['64:ff9b::/96']);
const NAT64_EMBEDDED_AT = 12;
const SIX_TO_FOUR = new NetworkSet(['2002::/16']);
const SIX_TO_FOUR_EMBEDDED_AT = 2;

/** Whether strangers may be sent to the address; false for what is not an address. */
export function isGlobalUnicast(address: string): boolean {
  const bytes = new Uint8Array(IPV6_BYTES);
  const family = parseAddress(address, bytes);
  return family !== 0 && isGlobalUnicastBytes(bytes, family);
}

/** The same for bytes; an IPv4 address inside a NAT64 or 6to4 address is judged as that IPv4 address. */
export function isGlobalUnicastBytes(bytes: Uint8Array, family: Family): boolean {
  if (family === 4) return !SPECIAL_IPV4.hasBytes(bytes, 4);
  if (NAT64.hasBytes(bytes, 6)) return isGlobalUnicastBytes(bytes.subarray(NAT64_EMBEDDED_AT), 4);
  if (SIX_TO_FOUR.hasBytes(bytes, 6)) return isGlobalUnicastBytes(bytes.subarray(SIX_TO_FOUR_EMBEDDED_AT), 4);
  return GLOBAL_IPV6.hasBytes(bytes, 6) && !SPECIAL_IPV6.hasBytes(bytes, 6);
}

/** Reads what a NetworkSet is made of; throws PublicError 'network'. */
export function parseNetwork(text: string): Network {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const bytes = new Uint8Array(IPV6_BYTES);
  const family = parseAddress(address, bytes);
  if (family === 0) throw notANetwork(text);
  const maxBits = 8 * (family === 4 ? IPV4_BYTES : IPV6_BYTES);
  const isMapped = family === 4 && address.includes(':');
  const bits = slash === -1 ? maxBits : readBits(text, slash + 1) - (isMapped ? MAPPED_PREFIX_BITS : 0);
  if (bits < 0 || bits > maxBits) throw notANetwork(text);
  return { family, bytes, bits };
}

function readBits(text: string, at: number): number {
  const digits = text.slice(at);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits)) throw notANetwork(text);
  return Number(digits);
}

function notANetwork(text: string): PublicError {
  return new PublicError('network', `${JSON.stringify(text)} is not a network such as 10.0.0.0/8 or 2001:db8::/32`);
}

function isWithin(bytes: Uint8Array, network: Network): boolean {
  const whole = network.bits >> 3;
  for (let at = 0; at < whole; at++) if (bytes[at] !== network.bytes[at]) return false;
  const rest = network.bits & 7;
  return rest === 0 || (bytes[whole]! ^ network.bytes[whole]!) >> (8 - rest) === 0;
}
