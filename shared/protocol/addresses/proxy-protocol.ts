// The header that a proxy puts before a connection's own bytes to say whose it is: the PROXY protocol of HAProxy, version 1
// (a line of text) and 2 (binary), https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt.

import { type Family, formatAddress, IPV4_BYTES, IPV6_BYTES, MAX_PORT, parseAddress } from './endpoint.ts';

export type ProxyHeader =
  | {
      readonly kind: 'header';
      /** Bytes of the header; the connection's own follow. */
      readonly length: number;
      /** The client's; undefined when the proxy speaks for itself (health checks) or does not know. */
      readonly address: string | undefined;
    }
  /** As far as it has come, it may be one. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'bad' };

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' };
const BAD: ProxyHeader = { kind: 'bad' };

/** With its line end; section 2.1. */
const MAX_V1_BYTES = 107;
const V1_START = Buffer.from('PROXY ', 'latin1');
const V1_UNKNOWN = /^PROXY UNKNOWN(?: .*)?$/;
const V1_KNOWN = /^PROXY TCP([46]) ([\d.:a-f]+) ([\d.:a-f]+) (\d{1,5}) (\d{1,5})$/i;
const CR = 0x0d;
const LF = 0x0a;

const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const V2_FIXED_BYTES = 16;
/** Addresses take 36; the rest is for what proxies add about TLS, which is skipped. */
const MAX_V2_BYTES = 4096;
const V2_LOCAL = 0x20;
const V2_PROXY = 0x21;
const V2_TCP4 = 0x11;
const V2_TCP6 = 0x21;
const V2_PORTS_BYTES = 4;

/** Reads the header at the start of what has come of a connection, which must have one. Never throws. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsLike(bytes, V1_START)) return readText(bytes);
  return startsLike(bytes, V2_SIGNATURE) ? readBinary(bytes) : BAD;
}

/** Whether the bytes, or as many as there are, are those of the start. */
function startsLike(bytes: Uint8Array, start: Uint8Array): boolean {
  for (let i = 0; i < Math.min(bytes.length, start.length); i++) if (bytes[i] !== start[i]) return false;
  return true;
}

function readText(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf(LF);
  if (end === -1) return bytes.length < MAX_V1_BYTES ? INCOMPLETE : BAD;
  if (bytes[end - 1] !== CR) return BAD;
  const line = Buffer.from(bytes.subarray(0, end - 1)).toString('latin1');
  if (V1_UNKNOWN.test(line)) return { kind: 'header', length: end + 1, address: undefined };
  const [, version, source = '', destination = '', ...ports] = V1_KNOWN.exec(line) ?? [];
  const isKnown = isAddress(source, version) && isAddress(destination, version);
  if (!isKnown || ports.some((port) => Number(port) > MAX_PORT)) return BAD;
  return { kind: 'header', length: end + 1, address: source };
}

function isAddress(text: string, version: string | undefined): boolean {
  return text.includes(':') === (version === '6') && parseAddress(text, new Uint8Array(IPV6_BYTES)) !== 0;
}

function readBinary(bytes: Uint8Array): ProxyHeader {
  if (bytes.length < V2_FIXED_BYTES) return INCOMPLETE;
  const command = bytes[12]!;
  const length = V2_FIXED_BYTES + ((bytes[14]! << 8) | bytes[15]!);
  if ((command !== V2_LOCAL && command !== V2_PROXY) || length > MAX_V2_BYTES) return BAD;
  if (bytes.length < length) return INCOMPLETE;
  const family = command === V2_LOCAL ? 0 : familyOf(bytes[13]!);
  if (family === 0) return { kind: 'header', length, address: undefined };
  const addressBytes = family === 4 ? IPV4_BYTES : IPV6_BYTES;
  if (length < V2_FIXED_BYTES + 2 * addressBytes + V2_PORTS_BYTES) return BAD;
  const source = bytes.subarray(V2_FIXED_BYTES, V2_FIXED_BYTES + addressBytes);
  return { kind: 'header', length, address: formatAddress(source, family) };
}

/** 0 for all that is not TCP over IP. */
function familyOf(protocol: number): Family | 0 {
  if (protocol === V2_TCP4) return 4;
  return protocol === V2_TCP6 ? 6 : 0;
}
