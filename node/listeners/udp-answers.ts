// Turns one UDP datagram into the answer to it: no socket here, so that one set of tests covers both families.

import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { ConnectionIds } from '../../shared/protocol/tracker/connection-id.ts';
import type { Refusal } from '../../shared/protocol/tracker/refusal.ts';
import { REFUSALS } from '../../shared/protocol/tracker/refusal.ts';
import {
  type AddressFamily,
  AnnounceRequest,
  ScrapeCounts,
  ScrapeRequest,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import {
  CONNECT_REPLY_BYTES,
  CONNECTION_ID_OFFSET,
  type UdpReply,
  writeUdpAnnounce,
  writeUdpConnect,
  writeUdpError,
  writeUdpScrapeEntry,
  writeUdpScrapeStart,
} from '../../shared/protocol/tracker/udp-reply.ts';
import {
  ACTION_ANNOUNCE,
  ACTION_CONNECT,
  ACTION_NONE,
  INFO_HASH_OFFSET,
  parseUdpAnnounce,
  parseUdpScrape,
  readAction,
} from '../../shared/protocol/tracker/udp-request.ts';
import type { SourceGate } from '../access/source-gate.ts';
import type { Traffic } from '../tracker/traffic.ts';
import { ErrorLimiter } from './error-limiter.ts';
import type { TrackerDoor } from './http-answers.ts';

/** Holds the reused messages: one per listener. */
export class UdpAnswers {
  /** Its `address` and `family` are written by the listener before `write`. */
  readonly request = new AnnounceRequest();
  readonly #tracker: TrackerDoor;
  readonly #traffic: Traffic;
  readonly #sources: SourceGate | undefined;
  readonly #connectionIds: ConnectionIds;
  readonly #errorLimiter = new ErrorLimiter();
  readonly #scrape = new ScrapeRequest();
  readonly #counts = new ScrapeCounts();

  constructor(tracker: TrackerDoor, connectionIds: ConnectionIds, traffic: Traffic, sources?: SourceGate) {
    this.#tracker = tracker;
    this.#traffic = traffic;
    this.#sources = sources;
    this.#connectionIds = connectionIds;
  }

  /** Answers `bytes[0..length)` into `reply`; the answer's length, 0 for silence. Never throws. */
  write(bytes: Buffer, length: number, nowSeconds: number, reply: UdpReply): number {
    const out = reply.bytes;
    const action = readAction(bytes, length);
    if (action === ACTION_NONE) return 0;
    const { address, family } = this.request;
    const refusal = this.#sources?.checkAddress(address, family);
    if (refusal !== undefined) return this.#refuse(refusal, bytes, nowSeconds, out);
    if (action === ACTION_CONNECT) {
      this.#traffic.countConnect(family);
      writeUdpConnect(bytes, out);
      this.#connectionIds.write(address, family, nowSeconds, out, CONNECTION_ID_OFFSET);
      return CONNECT_REPLY_BYTES;
    }
    if (!this.#connectionIds.isValid(address, family, nowSeconds, bytes, 0)) {
      return this.#refuse(REFUSALS.badConnectionId, bytes, nowSeconds, out);
    }
    return action === ACTION_ANNOUNCE
      ? this.#announce(bytes, nowSeconds, reply)
      : this.#writeScrape(bytes, length, nowSeconds, out);
  }

  /** The first `count` are about to be answered, all of this family. */
  expect(requests: readonly Buffer[], count: number, family: AddressFamily): void {
    this.#tracker.expect(requests, INFO_HASH_OFFSET, count, family);
  }

  #announce(bytes: Buffer, nowSeconds: number, reply: UdpReply): number {
    const { family } = this.request;
    this.#traffic.countAnnounce(family);
    const refusal =
      this.#checkRate(nowSeconds) ??
      parseUdpAnnounce(bytes, family, this.request) ??
      this.#tracker.announce(this.request, reply.announce, nowSeconds);
    if (refusal !== undefined) return this.#refuse(refusal, bytes, nowSeconds, reply.bytes);
    return writeUdpAnnounce(bytes, family, reply);
  }

  #writeScrape(bytes: Buffer, length: number, nowSeconds: number, out: Buffer): number {
    const scrape = this.#scrape;
    this.#traffic.countScrape(this.request.family);
    const refusal = this.#checkRate(nowSeconds) ?? parseUdpScrape(bytes, length, scrape);
    if (refusal !== undefined) return this.#refuse(refusal, bytes, nowSeconds, out);
    let end = writeUdpScrapeStart(bytes, out);
    for (let i = 0; i < scrape.count; i++) {
      this.#tracker.scrape(scrape.hashes, i * INFO_HASH_BYTES, this.#counts);
      end = writeUdpScrapeEntry(this.#counts, out, end);
    }
    return end;
  }

  /** Only of senders with a connection id: nobody can use up the rate of somebody else's address. */
  #checkRate(nowSeconds: number): Refusal | undefined {
    return this.#sources?.checkRate(this.request.address, this.request.family, nowSeconds);
  }

  #refuse(refusal: Refusal, bytes: Buffer, nowSeconds: number, out: Buffer): number {
    const { address, family } = this.request;
    this.#traffic.countRefusal(refusal);
    if (!this.#errorLimiter.isAllowed(address, family === 4 ? 4 : 8, nowSeconds)) return 0;
    return writeUdpError(bytes, refusal.message, out);
  }
}
