// Which clients have a way to a URL at all: one with an IPv4 address leads nowhere from a machine that has IPv6 alone.

import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';

const [DOT, DIGIT_0, DIGIT_9] = [0x2e, 0x30, 0x39];
const MAPPED_PREFIX = '[::ffff:';

/**
 * Whether the host of a base URL, spelt as `parseBaseUrl` gives it, is a name, which may have addresses of both families,
 * or an address of this one. Nothing is allocated: it is asked for each carrier of each announce.
 */
export function suitsFamily(baseUrl: string, family: AddressFamily): boolean {
  const host = baseUrl.indexOf('//') + 2;
  if (baseUrl.startsWith('[', host)) return family === (baseUrl.startsWith(MAPPED_PREFIX, host) ? 4 : 6);
  return family === 4 || !isIpv4(baseUrl, host);
}

/** In a URL a host whose last label is a number is an IPv4 address (WHATWG URL, "ends in a number"), spelt with dots. */
function isIpv4(baseUrl: string, host: number): boolean {
  const colon = baseUrl.indexOf(':', host);
  let at = colon === -1 ? baseUrl.length : colon;
  const end = at;
  while (at > host && isDigit(baseUrl.charCodeAt(at - 1))) at--;
  return at < end && baseUrl.charCodeAt(at - 1) === DOT;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}
