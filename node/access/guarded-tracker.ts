// The tracker behind its access lists: what every listener is given in place of the tracker when an operator has set limits
// on torrents or on eager clients. Without such limits it is left out, and announces pay nothing for it.

import { REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import type {
  AddressFamily,
  AnnounceAnswer,
  AnnounceRequest,
  ScrapeCounts,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import type { PeerKeeper, Tracker } from '../tracker/tracker.ts';
import type { AccessLists } from './access-lists.ts';
import { REFUSED, SLOWED, type Woodpeckers } from './woodpeckers.ts';

/** What a tracker is to those who serve its clients. */
export type Guarded = Pick<Tracker, 'announce' | 'expect' | 'scrape' | 'checkTorrent' | 'countAlso' | 'countDownload'>;

/** How much later than others a client is asked back that comes too often. */
const SLOW_FACTOR = 2;

export class GuardedTracker implements Guarded {
  readonly #tracker: Guarded;
  readonly #lists: AccessLists;
  readonly #woodpeckers: Woodpeckers | undefined;

  constructor(tracker: Guarded, lists: AccessLists, woodpeckers: Woodpeckers | undefined) {
    this.#tracker = tracker;
    this.#lists = lists;
    this.#woodpeckers = woodpeckers;
  }

  /** As the tracker's own; may lower the request's `numwant`. */
  announce(request: AnnounceRequest, answer: AnnounceAnswer, nowSeconds: number): Refusal | undefined {
    const refusal = this.#lists.checkTorrent(request.infoHash, 0);
    if (refusal !== undefined) return refusal;
    const worth = this.#woodpeckers?.judge(request, nowSeconds);
    if (worth === REFUSED) return REFUSALS.tooManyRequests;
    if (worth !== SLOWED) return this.#tracker.announce(request, answer, nowSeconds);
    request.numwant = 0;
    const other = this.#tracker.announce(request, answer, nowSeconds);
    answer.intervalSeconds *= SLOW_FACTOR;
    return other;
  }

  expect(requests: readonly Uint8Array[], offset: number, count: number, family: AddressFamily): void {
    this.#tracker.expect(requests, offset, count, family);
  }

  checkTorrent(infoHash: Uint8Array, offset: number): Refusal | undefined {
    return this.#lists.checkTorrent(infoHash, offset) ?? this.#tracker.checkTorrent(infoHash, offset);
  }

  countAlso(keeper: PeerKeeper): void {
    this.#tracker.countAlso(keeper);
  }

  countDownload(infoHash: Uint8Array, offset: number): void {
    this.#tracker.countDownload(infoHash, offset);
  }

  /** As the tracker's own; a torrent that is not served is scraped like one that nobody knows. */
  scrape(infoHash: Uint8Array, offset: number, into: ScrapeCounts): void {
    if (this.#lists.checkTorrent(infoHash, offset) === undefined) {
      this.#tracker.scrape(infoHash, offset, into);
      return;
    }
    into.seeders = 0;
    into.leechers = 0;
    into.downloaded = 0;
  }
}
