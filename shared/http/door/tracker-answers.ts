// What a role says to announces and scrapes, however their bytes came: the node answers them, the supernode redirects them.

import type { ServerResponse } from 'node:http';
import type { HeadKind, HttpHead } from '../../protocol/tracker/http-head.ts';
import type { AnnounceRequest } from '../../protocol/tracker/tracker-messages.ts';

/** Requests are answered one after the other, so all of it is reused. Nothing here throws. */
export interface TrackerAnswers {
  /** Its `address` and `family` are those of the asker, written by the door before each request is answered. */
  readonly request: AnnounceRequest;
  /** The longest response. */
  readonly maxResponseBytes: number;
  /**
   * Answers the request whose head was read from `bytes` with a whole response into `out`, which has `maxResponseBytes` free
   * behind `at`; the response's end. `kind` is announce, scrape or bad; `now` in unix ms.
   */
  respond(
    kind: HeadKind,
    head: HttpHead,
    isKeepAlive: boolean,
    bytes: Buffer,
    now: number,
    out: Buffer,
    at: number,
  ): number;
  /** The same for an announce or scrape that node:http has read; `target` is `/announce` or `/scrape` and the query, if any. */
  answer(kind: HeadKind, target: Buffer, now: number, response: ServerResponse): void;
}
