// Announce URLs of all protocols: read, and turned into scrape URLs.

import { PublicError } from '../../shared/errors.ts';

const PROTOCOLS = ['http:', 'https:', 'udp:', 'ws:', 'wss:'];
const LAST_ANNOUNCE = /\/announce([^/]*)$/;

/** Throws PublicError 'url' for what is no announce URL. */
export function parseTrackerUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !PROTOCOLS.includes(url.protocol) || url.hostname === '') {
    throw new PublicError('url', 'not a URL of a tracker (http, https, udp, ws, wss)');
  }
  if (url.username !== '' || url.password !== '') throw new PublicError('url', 'a URL with a user name or password');
  if (url.protocol === 'udp:' && Number(url.port) === 0) throw new PublicError('url', 'a udp URL without a port');
  return url;
}

/** The host as the resolver wants it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** BEP 48: the last part of the path begins with `announce`, `scrape` in its place; undefined when it does not. */
export function scrapeUrl(url: URL): URL | undefined {
  if (!LAST_ANNOUNCE.test(url.pathname)) return undefined;
  const scrape = new URL(url);
  scrape.pathname = url.pathname.replace(LAST_ANNOUNCE, '/scrape$1');
  return scrape;
}

/** With parameters behind those that the URL has already; the query's bytes stay as they are. */
export function withQuery(url: URL, query: string): string {
  const base = new URL(url);
  base.hash = '';
  return `${base.href}${base.search === '' ? '?' : '&'}${query}`;
}
