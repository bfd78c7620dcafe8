// Web servers that have the files (BEP 19, `url-list`). The package plays a peer for each and asks for whole pieces; what it would
// take from a server, of any length and from any address, is asked here instead.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Torrent, WebConnection } from 'webtorrent';
import { createGuard, type Guard } from '../../shared/http/guard.ts';
import { type Bencoded, decode, METAINFO_LIMITS, rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { readLayout, readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';
import { type Stretch, stretchesOf } from './stretches.ts';
import { fetchRange } from './web-seed-request.ts';

const MAX_WEB_SEEDS = 100;
/** After a failure, twice as long after the next. The pieces asked for in vain are others' meanwhile. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 10_000;

/** The web seeds of a .torrent. Of a single file a URL that ends in a slash lacks the file's name. */
export function webSeedsOf(torrent: Uint8Array): string[] {
  const member = rawMembers(torrent, METAINFO_LIMITS).get('url-list');
  const value = member === undefined ? [] : decode(member, METAINFO_LIMITS);
  const urls = (Array.isArray(value) ? value : [value]).slice(0, MAX_WEB_SEEDS).map(textOf);
  const single = singleFile(readLayout(torrent));
  const name = single === undefined ? '' : encodeURIComponent(single.path[0]!);
  return urls.filter(isCallable).map((url) => (url.endsWith('/') ? `${url}${name}` : url));
}

/** Loads from the web seeds of a .torrent, which may be anywhere; where they redirect to must be public, or allowed (CIDR). */
export class WebSeeds {
  readonly #files: readonly StoredFile[];
  readonly #pieceLength: number;
  readonly #guard: Guard;
  readonly #isSingle: boolean;

  constructor(torrent: Uint8Array, allowNetworks: readonly string[]) {
    this.#files = readLayout(torrent);
    this.#pieceLength = readMetainfo(torrent).pieceLength;
    this.#guard = createGuard({ allowNetworks, configuredUrls: webSeedsOf(torrent) });
    this.#isSingle = singleFile(this.#files) !== undefined;
  }

  /** Takes over from the package. */
  attach(torrent: Torrent): void {
    torrent.on('metadata', () => {
      for (const { id, conn } of torrent._peers.values()) {
        if (conn?.httpRequest !== undefined) conn.httpRequest = this.#serve(id);
      }
    });
    torrent.on('close', () => void this.#guard.close());
  }

  #serve(url: string): NonNullable<WebConnection['httpRequest']> {
    let failures = 0;
    const load = async (start: number, length: number): Promise<Uint8Array> => {
      if (failures > 0) await sleep(pauseMs(failures), undefined, { ref: false });
      try {
        const bytes = await this.#load(url, start, length);
        failures = 0;
        return bytes;
      } catch (error) {
        failures++;
        throw error;
      }
    };
    return (piece, offset, length, done) => {
      load(piece * this.#pieceLength + offset, length).then((bytes) => done(null, bytes), done);
    };
  }

  async #load(url: string, start: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    // One after the other: the engine asks for several pieces at a time, and each may be thousands of files.
    for (const stretch of stretchesOf(this.#files, start, length)) {
      if (stretch.file.isPadding) continue;
      bytes.set(await fetchRange(this.#guard, this.#urlOf(url, stretch), stretch), stretch.at);
    }
    return bytes;
  }

  #urlOf(url: string, { file }: Stretch): string {
    if (this.#isSingle) return url;
    return `${url}${url.endsWith('/') ? '' : '/'}${file.path.map(encodeURIComponent).join('/')}`;
  }
}

function pauseMs(failures: number): number {
  return Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}

/** The file of a torrent that has but one, in no folder. */
function singleFile(layout: readonly StoredFile[]): StoredFile | undefined {
  const [file, ...others] = layout.filter(({ isPadding }) => !isPadding);
  return others.length === 0 && file?.path.length === 1 ? file : undefined;
}

function isCallable(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function textOf(value: Bencoded): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : '';
}
