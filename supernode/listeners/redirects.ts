// Plain clients' announces and scrapes: sent on to a carrier with the query as it came, or refused at once. Answered from
// memory alone and from the raw bytes, since libraries for HTTP destroy binary values.

import type { ServerResponse } from 'node:http';
import type { TrackerAnswers } from '../../shared/http/door/tracker-answers.ts';
import type { Random } from '../../shared/platform/random.ts';
import { MAX_BASE_URL_BYTES } from '../../shared/protocol/records/message-fields.ts';
import { INFO_HASH_BYTES, type InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { HEAD_ANNOUNCE, HEAD_BAD, type HeadKind, type HttpHead } from '../../shared/protocol/tracker/http-head.ts';
import { maxRedirectBytes, writeRedirect } from '../../shared/protocol/tracker/http-redirect.ts';
import { parseAnnounce, parseScrape } from '../../shared/protocol/tracker/http-request.ts';
import { beginResponse, endResponse } from '../../shared/protocol/tracker/http-response.ts';
import { makeRefusal, REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import { AnnounceRequest, ScrapeRequest } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Directory } from '../directory/directory.ts';
import { chooseRedirect } from '../directory/redirect.ts';

export interface RedirectsOptions {
  readonly directory: Directory;
  readonly random: Random;
}

/** What became of announces and scrapes. */
export interface RedirectCounts {
  redirected: number;
  /** Carried, but by no node that answers. */
  unreachable: number;
  /** Carried by nobody. */
  unknown: number;
  /** Not understood. */
  refused: number;
}

/** Longer queries are not sent on; 64 hashes, all of their bytes escaped, take 4600. */
export const MAX_QUERY_BYTES = 8192;
const ANNOUNCE_PATH = '/announce';
const SCRAPE_PATH = '/scrape';
/** A torrent nobody knows here may be planted any moment; clients ask again no sooner than after 300 s anyway. */
const UNKNOWN_TORRENT = makeRefusal('unknown-torrent', 'torrent not planted on this network', 300);

export class Redirects implements TrackerAnswers {
  readonly counts: RedirectCounts = { redirected: 0, unreachable: 0, unknown: 0, refused: 0 };
  readonly request = new AnnounceRequest();
  readonly maxResponseBytes = maxRedirectBytes(MAX_BASE_URL_BYTES + ANNOUNCE_PATH.length, MAX_QUERY_BYTES);
  readonly #directory: Directory;
  readonly #random: Random;
  readonly #scrape = new ScrapeRequest();

  constructor({ directory, random }: RedirectsOptions) {
    this.#directory = directory;
    this.#random = random;
  }

  respond(
    kind: HeadKind,
    head: HttpHead,
    isKeepAlive: boolean,
    bytes: Buffer,
    now: number,
    out: Buffer,
    at: number,
  ): number {
    const { queryStart, queryEnd } = head;
    const outcome =
      kind === HEAD_BAD ? this.refuse(REFUSALS.badRequest) : this.#find(kind, bytes, queryStart, queryEnd, now);
    if (typeof outcome === 'string') return writeRedirect(isKeepAlive, outcome, bytes, queryStart, queryEnd, out, at);
    const bodyStart = beginResponse(isKeepAlive, out, at);
    return endResponse(bodyStart, bodyStart + outcome.httpBody.copy(out, bodyStart), out);
  }

  answer(kind: HeadKind, target: Buffer, now: number, response: ServerResponse): void {
    const questionMark = target.indexOf('?');
    const start = questionMark === -1 ? target.length : questionMark + 1;
    const outcome = this.#find(kind, target, start, target.length, now);
    if (typeof outcome === 'string') {
      const location = `${outcome}?${target.toString('latin1', start)}`;
      response.writeHead(302, { Location: location, 'Content-Length': 0 }).end();
    } else {
      sendRefusal(response, outcome);
    }
  }

  /** Counts a request that is not understood. */
  refuse(refusal: Refusal): Refusal {
    this.counts.refused++;
    return refusal;
  }

  /** Where the asker of the query `bytes[start..end)` is sent, without the query; counted. */
  #find(kind: HeadKind, bytes: Buffer, start: number, end: number, now: number): string | Refusal {
    const isAnnounce = kind === HEAD_ANNOUNCE;
    const refusal = end - start > MAX_QUERY_BYTES ? REFUSALS.badRequest : this.#parse(isAnnounce, bytes, start, end);
    if (refusal !== undefined) return this.refuse(refusal);
    const infoHashes = isAnnounce ? [this.request.infoHash.toString('hex')] : this.#scrapedHashes();
    const wish = { infoHashes, family: this.request.family };
    const choice = chooseRedirect(this.#directory, wish, now, this.#random.uint32());
    if (choice.kind === 'redirect') {
      this.counts.redirected++;
      return choice.baseUrl + (isAnnounce ? ANNOUNCE_PATH : SCRAPE_PATH);
    }
    this.counts[choice.kind]++;
    return choice.kind === 'unreachable' ? REFUSALS.noCarrier : UNKNOWN_TORRENT;
  }

  #parse(isAnnounce: boolean, bytes: Buffer, start: number, end: number): Refusal | undefined {
    return isAnnounce ? parseAnnounce(bytes, start, end, this.request) : parseScrape(bytes, start, end, this.#scrape);
  }

  #scrapedHashes(): InfoHash[] {
    const { hashes, count } = this.#scrape;
    return Array.from({ length: count }, (_, index) =>
      hashes.toString('hex', index * INFO_HASH_BYTES, (index + 1) * INFO_HASH_BYTES),
    );
  }
}

/** Clients parse the bodies of answers with status 200 alone. */
export function sendRefusal(response: ServerResponse, { httpBody }: Refusal): void {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': httpBody.length }).end(httpBody);
}
