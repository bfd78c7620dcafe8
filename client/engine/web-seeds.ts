// Web servers that have the files (BEP 19, `url-list`), with URLs as servers understand them.

import type { Torrent } from 'webtorrent';
import { type Bencoded, decode, METAINFO_LIMITS, rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { readLayout } from '../../shared/protocol/torrent/metainfo.ts';

const MAX_WEB_SEEDS = 100;
const IS_HTTP = /^https?:\/\//i;

/** The web seeds of a .torrent. Of a single file a URL that ends in a slash lacks the file's name. */
export function webSeedsOf(torrent: Uint8Array): string[] {
  const member = rawMembers(torrent, METAINFO_LIMITS).get('url-list');
  const value = member === undefined ? [] : decode(member, METAINFO_LIMITS);
  const urls = (Array.isArray(value) ? value : [value]).slice(0, MAX_WEB_SEEDS).map(textOf);
  const [file, ...others] = readLayout(torrent).filter(({ isPadding }) => !isPadding);
  const name = others.length === 0 && file!.path.length === 1 ? encodeURIComponent(file!.path[0]!) : undefined;
  return urls
    .filter((url) => IS_HTTP.test(url))
    .map((url) => (name !== undefined && url.endsWith('/') ? `${url}${name}` : url));
}

/** The engine appends the paths of files to the URLs of web seeds as they are: here they become what a URL may hold. */
export function escapeFilePaths(torrent: Torrent): void {
  torrent.on('metadata', () => {
    for (const file of torrent.files) file.path = file.path.split('/').map(encodeURIComponent).join('/');
  });
}

function textOf(value: Bencoded): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : '';
}
