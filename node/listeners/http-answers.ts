// Turns the query of an announce or scrape into the body of its answer, for the fast road and for requests that arrive
// on a connection of the control plane.

import type { ServerResponse } from 'node:http';
import type { TrackerAnswers } from '../../shared/http/door/tracker-answers.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import { HEAD_ANNOUNCE, HEAD_BAD, type HeadKind, type HttpHead } from '../../shared/protocol/tracker/http-head.ts';
import {
  MAX_ANNOUNCE_REPLY_BYTES,
  MAX_SCRAPE_REPLY_BYTES,
  makeNotes,
  type Notes,
  writeAnnounce,
  writeScrapeEnd,
  writeScrapeEntry,
  writeScrapeStart,
} from '../../shared/protocol/tracker/http-reply.ts';
import { parseAnnounce, parseScrape } from '../../shared/protocol/tracker/http-request.ts';
import { beginResponse, endResponse, MAX_RESPONSE_HEAD_BYTES } from '../../shared/protocol/tracker/http-response.ts';
import { REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import {
  AnnounceAnswer,
  AnnounceRequest,
  ScrapeCounts,
  ScrapeRequest,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import type { SourceGate } from '../access/source-gate.ts';
import type { Tracker } from '../tracker/tracker.ts';
import type { Traffic } from '../tracker/traffic.ts';

/** What a listener needs of the tracker. */
export type TrackerDoor = Pick<Tracker, 'announce' | 'expect' | 'scrape'>;

export const MAX_BODY_BYTES = Math.max(MAX_ANNOUNCE_REPLY_BYTES, MAX_SCRAPE_REPLY_BYTES);
export const MAX_RESPONSE_BYTES = MAX_RESPONSE_HEAD_BYTES + MAX_BODY_BYTES;

/** Holds the reused messages: one per listener, since requests are answered one after the other. */
export class HttpAnswers implements TrackerAnswers {
  readonly request = new AnnounceRequest();
  readonly maxResponseBytes = MAX_RESPONSE_BYTES;
  readonly #tracker: TrackerDoor;
  readonly #traffic: Traffic;
  readonly #sources: SourceGate | undefined;
  readonly #notes: Buffer;
  readonly #answer = new AnnounceAnswer();
  readonly #scrape = new ScrapeRequest();
  readonly #counts = new ScrapeCounts();
  readonly #body = Buffer.allocUnsafeSlow(MAX_BODY_BYTES);

  constructor(tracker: TrackerDoor, traffic: Traffic, sources?: SourceGate, notes: Notes = {}) {
    this.#tracker = tracker;
    this.#traffic = traffic;
    this.#sources = sources;
    this.#notes = makeNotes(notes);
  }

  respond(
    kind: HeadKind,
    head: HttpHead,
    isKeepAlive: boolean,
    bytes: Uint8Array,
    now: number,
    out: Buffer,
    at: number,
  ): number {
    const bodyStart = beginResponse(isKeepAlive, out, at);
    const bodyEnd =
      kind === HEAD_BAD
        ? this.#refuse(REFUSALS.badRequest, out, bodyStart)
        : this.write(kind, bytes, head.queryStart, head.queryEnd, Math.floor(now / 1000), out, bodyStart);
    return endResponse(bodyStart, bodyEnd, out);
  }

  answer(kind: HeadKind, target: Buffer, now: number, response: ServerResponse): void {
    const questionMark = target.indexOf('?');
    const start = questionMark === -1 ? target.length : questionMark + 1;
    const length = this.write(kind, target, start, target.length, Math.floor(now / 1000), this.#body, 0);
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': length });
    response.end(Buffer.copyBytesFrom(this.#body, 0, length));
  }

  /** Answers the query `bytes[start..end)` into `out`, which has MAX_BODY_BYTES free behind `at`; the body's end. */
  write(
    kind: HeadKind,
    bytes: Uint8Array,
    start: number,
    end: number,
    nowSeconds: number,
    out: Buffer,
    at: number,
  ): number {
    return kind === HEAD_ANNOUNCE
      ? this.#announce(bytes, start, end, nowSeconds, out, at)
      : this.#writeScrape(bytes, start, end, nowSeconds, out, at);
  }

  /** Counts a refusal and writes its body at `at`; its end. */
  #refuse(refusal: Refusal, out: Buffer, at: number): number {
    this.#traffic.countRefusal(refusal);
    return at + refusal.httpBody.copy(out, at);
  }

  #announce(bytes: Uint8Array, start: number, end: number, nowSeconds: number, out: Buffer, at: number): number {
    this.#traffic.countAnnounce(this.request.family);
    const refusal =
      this.#checkSource(nowSeconds) ??
      parseAnnounce(bytes, start, end, this.request) ??
      this.#tracker.announce(this.request, this.#answer, nowSeconds);
    if (refusal !== undefined) return this.#refuse(refusal, out, at);
    return writeAnnounce(this.request, this.#answer, out, at, this.#notes);
  }

  #writeScrape(bytes: Uint8Array, start: number, end: number, nowSeconds: number, out: Buffer, at: number): number {
    const scrape = this.#scrape;
    this.#traffic.countScrape(this.request.family);
    const refusal = this.#checkSource(nowSeconds) ?? parseScrape(bytes, start, end, scrape);
    if (refusal !== undefined) return this.#refuse(refusal, out, at);
    let written = writeScrapeStart(out, at);
    for (let i = 0; i < scrape.count; i++) {
      this.#tracker.scrape(scrape.hashes, i * INFO_HASH_BYTES, this.#counts);
      written = writeScrapeEntry(scrape, i, this.#counts, out, written);
    }
    return writeScrapeEnd(out, written);
  }

  #checkSource(nowSeconds: number): Refusal | undefined {
    const { address, family } = this.request;
    return this.#sources?.checkAddress(address, family) ?? this.#sources?.checkRate(address, family, nowSeconds);
  }
}
