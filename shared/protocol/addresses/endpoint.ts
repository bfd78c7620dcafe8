// IP addresses as text and as bytes. An IPv4 address written as IPv6 (::ffff:1.2.3.4) is IPv4 everywhere.

/** Which kind of address; also says how many of the bytes count: 4 or 16. */
export type Family = 4 | 6;

export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;
export const MAX_PORT = 65_535;

const DOT = 0x2e;
const COLON = 0x3a;
const LINK_LOCAL_ZONE = /^fe[89ab][0-9a-f]:[^%]*%[\w.-]+$/i;

/** Writes 4 or 16 bytes (`into` has room for 16) and says which; 0 = not an address. The zone of fe80::1%eth0 is left out. */
export function parseAddress(text: string, into: Uint8Array): Family | 0 {
  if (text.indexOf(':') === -1) return parseIpv4(text, 0, text.length, into, 0) ? 4 : 0;
  const zoneAt = text.indexOf('%');
  if (zoneAt !== -1 && !LINK_LOCAL_ZONE.test(text)) return 0;
  if (!parseIpv6(text, zoneAt === -1 ? text.length : zoneAt, into)) return 0;
  if (!isMapped(into)) return 6;
  into.copyWithin(0, 12, 16);
  return 4;
}

/** `1.2.3.4`, or the one form of RFC 5952: `2001:db8::1`. */
export function formatAddress(bytes: Uint8Array, family: Family): string {
  if (family === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  const groups: string[] = [];
  for (let at = 0; at < IPV6_BYTES; at += 2) groups.push(((bytes[at]! << 8) | bytes[at + 1]!).toString(16));
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function parseIpv4(text: string, start: number, end: number, into: Uint8Array, at: number): boolean {
  let cursor = start;
  for (let index = 0; index < IPV4_BYTES; index++) {
    if (index > 0 && text.charCodeAt(cursor++) !== DOT) return false;
    const first = cursor;
    let value = 0;
    for (; cursor < end; cursor++) {
      const digit = text.charCodeAt(cursor) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > 255) return false;
    }
    const digits = cursor - first;
    if (digits === 0 || (digits > 1 && text.charCodeAt(first) === 48)) return false; // 010 means 8 to some readers
    into[at + index] = value;
  }
  return cursor === end;
}

function parseIpv6(text: string, end: number, into: Uint8Array): boolean {
  let gap = -1;
  let written = 0;
  let at = 0;
  if (text.charCodeAt(0) === COLON && text.charCodeAt(1) === COLON) {
    gap = 0;
    at = 2;
  }
  while (at < end) {
    if (written === IPV6_BYTES) return false;
    const start = at;
    let group = 0;
    for (; at < end; at++) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      if (at - start === 4) return false;
      group = group * 16 + digit;
    }
    if (at < end && text.charCodeAt(at) === DOT) {
      if (written > IPV6_BYTES - IPV4_BYTES || !parseIpv4(text, start, end, into, written)) return false;
      written += IPV4_BYTES;
      break;
    }
    if (at === start) return false;
    into[written++] = group >>> 8;
    into[written++] = group & 0xff;
    if (at === end) break;
    if (text.charCodeAt(at++) !== COLON || at === end) return false;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap !== -1) return false;
    gap = written;
    at++;
  }
  return closeGap(into, gap, written);
}

/** Moves what stands after `::` to the end and fills the gap with zeros. */
function closeGap(into: Uint8Array, gap: number, written: number): boolean {
  if (gap === -1) return written === IPV6_BYTES;
  if (written === IPV6_BYTES) return false;
  const tail = IPV6_BYTES - (written - gap);
  into.copyWithin(tail, gap, written);
  into.fill(0, gap, tail);
  return true;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function isMapped(bytes: Uint8Array): boolean {
  for (let at = 0; at < 10; at++) if (bytes[at] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at < groups.length; at++) {
    if (groups[at] !== '0') start = at + 1;
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start };
  }
  return best;
}
