// The counts of all torrents as files: written in slices, compressed, when somebody asks and the last ones are old. A
// million torrents are 25 MB then, so readers are given a file and not a buffer.

import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../shared/platform/clock.ts';
import { ScrapeCounts } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Guarded } from '../access/guarded-tracker.ts';
import type { Tracker } from '../tracker/tracker.ts';
import { SCRAPE_WRITERS, type ScrapeForm } from './scrape-writers.ts';

export interface FullScrapeOptions {
  readonly tracker: Pick<Tracker, 'sortedTorrents'>;
  /** Counts by it, and leaves out what it does not serve. */
  readonly door: Pick<Guarded, 'checkTorrent' | 'scrape'>;
  readonly directory: string;
  readonly clock: Clock;
}

export interface ScrapeFile {
  /** Compressed by gzip. */
  readonly file: string;
  /** Unix ms after which another one will be written. */
  readonly expiresAt: number;
}

export const FULL_SCRAPE_LIFETIME_MS = 600_000;
/** Places of the table that are gathered and sorted in a millisecond or two. */
const PLACES_PER_TURN = 8192;
/** Some 900 torrents: written in about a millisecond. */
const PIECE_BYTES = 64 * 1024;
const MAX_ENTRY_BYTES = 128;
const GZIP_LEVEL = 1;

export class FullScrape {
  readonly #options: FullScrapeOptions;
  readonly #files = new Map<ScrapeForm, { readonly written: Promise<ScrapeFile>; readonly expiresAt: number }>();
  readonly #controller = new AbortController();

  constructor(options: FullScrapeOptions) {
    this.#options = options;
  }

  /** Rejects when the file cannot be written; the next call tries again. */
  get(form: ScrapeForm): Promise<ScrapeFile> {
    const now = this.#options.clock.now();
    const held = this.#files.get(form);
    const leftMs = (held?.expiresAt ?? now) - now;
    // More is left than there can be when the clock was set back.
    if (held !== undefined && leftMs > 0 && leftMs <= FULL_SCRAPE_LIFETIME_MS) return held.written;
    const expiresAt = now + FULL_SCRAPE_LIFETIME_MS;
    const file = { written: this.#write(form, expiresAt), expiresAt };
    this.#files.set(form, file);
    file.written.catch(() => this.#files.get(form) === file && this.#files.delete(form));
    return file.written;
  }

  /** Ends what is being written, and removes the files. */
  async stop(): Promise<void> {
    this.#controller.abort();
    const written = await Promise.allSettled([...this.#files.values()].map((file) => file.written));
    for (const result of written) if (result.status === 'fulfilled') await rm(result.value.file, { force: true });
  }

  async #write(form: ScrapeForm, expiresAt: number): Promise<ScrapeFile> {
    const file = join(this.#options.directory, `full-scrape.${form}.gz`);
    const { signal } = this.#controller;
    try {
      const target = createWriteStream(`${file}.new`, { mode: 0o600 });
      await pipeline(this.#pieces(form), createGzip({ level: GZIP_LEVEL }), target, { signal });
      await rename(`${file}.new`, file);
    } catch (error) {
      await rm(`${file}.new`, { force: true });
      throw error;
    }
    return { file, expiresAt };
  }

  async *#pieces(form: ScrapeForm): AsyncGenerator<Buffer> {
    const { tracker, door } = this.#options;
    const { start, writeEntry, end } = SCRAPE_WRITERS[form];
    const torrents = tracker.sortedTorrents();
    while (torrents.collect(PLACES_PER_TURN)) await nextTurn();
    const counts = new ScrapeCounts();
    let piece = Buffer.alloc(PIECE_BYTES);
    let length = start.copy(piece);
    for (let hash = torrents.next(); hash !== undefined; hash = torrents.next()) {
      if (door.checkTorrent(hash, 0) !== undefined) continue;
      door.scrape(hash, 0, counts);
      length = writeEntry(hash, counts, piece, length);
      if (length + MAX_ENTRY_BYTES <= PIECE_BYTES) continue;
      yield piece.subarray(0, length);
      await nextTurn();
      piece = Buffer.alloc(PIECE_BYTES);
      length = 0;
    }
    yield piece.subarray(0, length);
    yield end;
  }
}
