// The pulling side: what to ask a partner for, what to do with its pages, and the walks that end a synchronisation or
// compare a census.

import type { Random } from '../../shared/platform/random.ts';
import {
  BUCKETS,
  hasBucket,
  noBuckets,
  type SyncCall,
  type SyncPage,
} from '../../shared/protocol/messages/share-messages.ts';
import type { TrackerSharing } from '../tracker/tracker-sharing.ts';
import { LinkWalk } from './link-walk.ts';
import type { Merge } from './merge.ts';
import type { Partner, Partners } from './partners.ts';
import type { SharingCounters } from './stats.ts';

export interface PullingOptions {
  readonly epoch: string;
  readonly tracker: TrackerSharing;
  readonly partners: Partners;
  readonly merge: Merge;
  readonly counters: SharingCounters;
  readonly random: Random;
  /** Runs a walk to its end, sooner or later. */
  readonly walk: (walk: LinkWalk) => void;
}

export class Pulling {
  readonly #options: PullingOptions;

  constructor(options: PullingOptions) {
    this.#options = options;
  }

  /** What to ask the partner for now, if anything. */
  take({ inbox, isMuted, urls }: Partner, now: number): SyncCall | undefined {
    const call = isMuted || urls.length === 0 ? undefined : inbox.begin(now, this.#options.random);
    return call === undefined ? undefined : { epoch: this.#options.epoch, ...call };
  }

  answered(partner: Partner, page: SyncPage, now: number): void {
    const { partners, merge, counters } = this.#options;
    const { inbox } = partner;
    // It may have been forgotten while the page was on its way, and its slot given to another.
    if (partners.get(partner.id) !== partner) return;
    counters.pagesReceived++;
    if (inbox.take(page, now) === 'apply' && !partner.isMuted) merge.apply(partner, page.groups, true, now);
    if (inbox.isComplete) this.#settle(partner, now);
    else if (inbox.hasCensus && inbox.isSynced) this.#compare(partner, now);
  }

  failed({ inbox }: Partner, now: number): void {
    inbox.fail(now, this.#options.random);
  }

  /** Removes what the pages of a synchronisation did not name. */
  #settle(partner: Partner, now: number): void {
    const { tracker, counters } = this.#options;
    const { links } = tracker.shared;
    const { inbox, slot } = partner;
    const { buckets, round } = inbox;
    const kept = new Uint32Array(BUCKETS);
    const visit = (link: number): number => {
      if (links.slotOf(link) !== slot) return 0;
      const bucket = tracker.bucketOf(links.torrentOf(link));
      const isOutdated = hasBucket(buckets, bucket) && links.round(link) < round;
      const passed = isOutdated ? tracker.shared.clear(link) : 0;
      kept[bucket]! += links.storedTotal(link);
      return passed;
    };
    const end = (): void => {
      counters.syncs++;
      inbox.finish(now);
      inbox.compare(kept, buckets, now);
    };
    this.#options.walk(new LinkWalk(links, visit, end));
  }

  #compare({ inbox, slot }: Partner, now: number): void {
    const { tracker, counters } = this.#options;
    const { links } = tracker.shared;
    const kept = new Uint32Array(BUCKETS);
    const visit = (link: number): number => {
      if (links.slotOf(link) === slot) kept[tracker.bucketOf(links.torrentOf(link))]! += links.storedTotal(link);
      return 0;
    };
    const end = (): void => {
      counters.censuses++;
      inbox.compare(kept, noBuckets(), now);
    };
    this.#options.walk(new LinkWalk(links, visit, end));
  }
}
