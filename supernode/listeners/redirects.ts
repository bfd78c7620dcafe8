// Plain clients' announces and scrapes: sent on to a carrier with the query as it came, or refused at once. Answered
// from memory alone, before express sees the request, since its query parser destroys binary values.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Random } from '../../shared/platform/random.ts';
import { parseAnnounce, parseScrape } from '../../shared/protocol/http-request.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import { makeRefusal, REFUSALS, type Refusal } from '../../shared/protocol/refusal.ts';
import { AnnounceRequest, INFO_HASH_BYTES, ScrapeRequest } from '../../shared/protocol/tracker-messages.ts';
import type { Directory } from '../directory/directory.ts';
import { chooseRedirect, type RedirectChoice } from '../directory/redirect.ts';

export interface RedirectsOptions {
  readonly directory: Directory;
  readonly clock: Clock;
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

/** As much as Node.js accepts of a request's head. */
export const MAX_TARGET_BYTES = 16 * 1024;
/** A torrent nobody knows here may be planted any moment; clients ask again no sooner than after 300 s anyway. */
const UNKNOWN_TORRENT = makeRefusal('unknown-torrent', 'torrent not planted on this network', 300);

export class Redirects {
  readonly counts: RedirectCounts = { redirected: 0, unreachable: 0, unknown: 0, refused: 0 };
  readonly #options: RedirectsOptions;
  readonly #announce = new AnnounceRequest();
  readonly #scrape = new ScrapeRequest();
  readonly #bytes = Buffer.alloc(MAX_TARGET_BYTES);

  constructor(options: RedirectsOptions) {
    this.#options = options;
  }

  /** Answers an announce or scrape; false for every other request. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'GET') return false;
    const target = request.url ?? '';
    const queryAt = target.indexOf('?');
    const path = queryAt === -1 ? target : target.slice(0, queryAt);
    if (path !== '/announce' && path !== '/scrape') return false;
    const query = queryAt === -1 ? '' : target.slice(queryAt + 1);
    const infoHashes = path === '/announce' ? this.#readAnnounce(query) : this.#readScrape(query);
    if (Array.isArray(infoHashes)) this.#send(response, this.#choose(infoHashes), target);
    else {
      this.counts.refused++;
      sendRefusal(response, infoHashes);
    }
    return true;
  }

  #choose(infoHashes: readonly InfoHash[]): RedirectChoice {
    const { directory, clock, random } = this.#options;
    return chooseRedirect(directory, infoHashes, clock.now(), random.uint32());
  }

  #send(response: ServerResponse, choice: RedirectChoice, target: string): void {
    if (choice.kind === 'redirect') {
      this.counts.redirected++;
      response.writeHead(302, { Location: choice.baseUrl + target, 'Content-Length': 0 }).end();
    } else {
      this.counts[choice.kind]++;
      sendRefusal(response, choice.kind === 'unreachable' ? REFUSALS.noCarrier : UNKNOWN_TORRENT);
    }
  }

  #readAnnounce(query: string): InfoHash[] | Refusal {
    const length = this.#write(query);
    const refusal = parseAnnounce(this.#bytes, 0, length, this.#announce);
    return refusal ?? [this.#announce.infoHash.toString('hex')];
  }

  #readScrape(query: string): InfoHash[] | Refusal {
    const length = this.#write(query);
    const { hashes } = this.#scrape;
    const refusal = parseScrape(this.#bytes, 0, length, this.#scrape);
    if (refusal !== undefined) return refusal;
    return Array.from({ length: this.#scrape.count }, (_, index) =>
      hashes.toString('hex', index * INFO_HASH_BYTES, (index + 1) * INFO_HASH_BYTES),
    );
  }

  /** Node.js gives the target with one character per byte. */
  #write(query: string): number {
    return this.#bytes.write(query, 'latin1');
  }
}

function sendRefusal(response: ServerResponse, { httpBody }: Refusal): void {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': httpBody.length }).end(httpBody);
}
