// The two forms of a full scrape: the bencoded answer of BEP 48, and a line for each torrent.

import { writeScrapeEnd, writeScrapeEntry, writeScrapeStart } from '../../shared/protocol/tracker/http-reply.ts';
import { type ScrapeCounts, ScrapeRequest } from '../../shared/protocol/tracker/tracker-messages.ts';

export type ScrapeForm = 'bencoded' | 'text';

export interface ScrapeWriter {
  readonly start: Buffer;
  /** Writes at most 128 bytes at `at`; their end. */
  readonly writeEntry: (hash: Buffer, counts: ScrapeCounts, out: Buffer, at: number) => number;
  readonly end: Buffer;
}

const request = new ScrapeRequest();

export const SCRAPE_WRITERS: Readonly<Record<ScrapeForm, ScrapeWriter>> = {
  bencoded: {
    start: written(writeScrapeStart),
    writeEntry: (hash, counts, out, at) => {
      hash.copy(request.hashes);
      return writeScrapeEntry(request, 0, counts, out, at);
    },
    end: written(writeScrapeEnd),
  },
  text: {
    start: Buffer.from('# info_hash seeders leechers downloaded\n'),
    writeEntry: (hash, { seeders, leechers, downloaded }, out, at) =>
      at + out.write(`${hash.toString('hex')} ${seeders} ${leechers} ${downloaded}\n`, at, 'latin1'),
    end: Buffer.alloc(0),
  },
};

function written(write: (out: Buffer, at: number) => number): Buffer {
  const out = Buffer.alloc(64);
  return out.subarray(0, write(out, 0));
}
