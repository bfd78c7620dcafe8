// Sharing peers with co-carriers, decided without a socket or a clock: what to send to whom when, what to do with what
// comes, what to pull. Whoever drives this brings the time, carries messages, and says how they ended.

import { PublicError } from '../../shared/errors.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import type { ShareGroups } from '../../shared/protocol/messages/share-groups.ts';
import {
  BUCKETS,
  type ShareAnswer,
  type ShareBatch,
  type SyncCall,
  type SyncPage,
} from '../../shared/protocol/messages/share-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { Link } from '../tracker/carrier-links.ts';
import type { TrackerSharing } from '../tracker/tracker-sharing.ts';
import { CoCarriers } from './co-carriers.ts';
import { Inbox, type InboxTimes } from './inbox.ts';
import { forgottenBy, REFUSED } from './link-notes.ts';
import { LinkWalk } from './link-walk.ts';
import { Merge } from './merge.ts';
import { Outbox } from './outbox.ts';
import { PageBuilder } from './page-builder.ts';
import { type Partner, Partners } from './partners.ts';
import { PeerPolicy } from './peer-policy.ts';
import { Pulling } from './pulling.ts';
import { Sending, type SendingTimes } from './sending.ts';
import { SharingCounters, type SharingStats } from './stats.ts';

export type SharingTimes = SendingTimes & InboxTimes;

export interface SharingOptions {
  readonly self: Id;
  readonly tracker: TrackerSharing;
  readonly random: Random;
  /** Networks whose peers are shared although they are not public. */
  readonly allowed: NetworkSet;
  readonly times: SharingTimes;
  readonly maxPartners: number;
  /** Own peers of one torrent that a page has at most. */
  readonly maxPeersPerTorrent: number;
}

/** Links and slots passed in one step: 2 ms. */
const PLACES_PER_STEP = 20_000;
const TIDY_INTERVAL_MS = 600_000;
const BUSY_RETRY_SECONDS = 1;
/** A larger step back is taken for a clock that was set. */
const MAX_BACKWARD_MS = 1000;
const EPOCH_BYTES = 8;
/** Counting passes every pair of a torrent and a co-carrier. */
const CENSUS_PAUSE_MS = 2000;

export class Sharing {
  /** 16 hex digits, new with every start. */
  readonly epoch: string;
  readonly partners: Partners;
  readonly coCarriers: CoCarriers;
  readonly sending: Sending;
  readonly pulling: Pulling;
  readonly #options: SharingOptions;
  readonly #counters = new SharingCounters();
  readonly #merge: Merge;
  readonly #pages: PageBuilder;
  /** Nodes that the operator wants nothing of. */
  readonly #muted = new Set<Id>();
  /** To be run in steps, one after the other. */
  readonly #walks: LinkWalk[] = [];
  #tidyAt = 0;
  /** Of the last step. */
  #now = Number.NEGATIVE_INFINITY;

  constructor(options: SharingOptions) {
    const { self, tracker, random, allowed, times } = options;
    this.#options = options;
    this.epoch = random.bytes(EPOCH_BYTES).toString('hex');
    const partners = new Partners(options.maxPartners);
    const policy = new PeerPolicy(allowed);
    const counters = this.#counters;
    const merge = new Merge(tracker, policy, counters);
    const walk = (steps: LinkWalk): void => void this.#walks.push(steps);
    this.partners = partners;
    this.#merge = merge;
    this.#pages = new PageBuilder(tracker, policy, options.maxPeersPerTorrent);
    this.coCarriers = new CoCarriers({ self, tracker, partners, ensurePartner: (id, now) => this.#ensure(id, now) });
    this.sending = new Sending({ epoch: this.epoch, tracker, partners, policy, counters, random, times });
    this.pulling = new Pulling({ epoch: this.epoch, tracker, partners, merge, counters, random, walk });
  }

  get stats(): SharingStats {
    const { links } = this.#options.tracker.shared;
    const partners = [...this.partners.values()];
    return {
      counters: this.#counters,
      partners: partners.length,
      links: links.count,
      remotePeers: links.stored,
      longestQueue: Math.max(0, ...partners.map((partner) => this.sending.backlogOf(partner))),
      unsynced: partners.filter(({ inbox }) => !inbox.isSynced).length,
    };
  }

  /** To be called many times a second, whatever else happens: notices changes, goes on with walks. */
  step(now: number): void {
    if (now < this.#now - MAX_BACKWARD_MS) this.#shift(now - this.#now);
    this.#now = now;
    this.sending.follow(now);
    if (now >= this.#tidyAt) {
      this.#tidyAt = now + TIDY_INTERVAL_MS;
      this.#tidy(now);
    }
    const walk = this.#walks[0];
    if (walk?.step(PLACES_PER_STEP) === true) this.#walks.shift();
  }

  /** A batch came from `author`. Throws PublicError 'busy' (429). */
  receive(author: Id, batch: ShareBatch, now: number): ShareAnswer {
    const partner = this.partners.get(author);
    const counters = this.#counters;
    counters.batchesReceived++;
    counters.bytesReceived += batch.groups.bytes.length;
    if (partner === undefined || partner.isMuted) return this.#answer(batch, hashesOf(batch.groups));
    hear(partner, now);
    const verdict = partner.inbox.judge(batch, now);
    if (verdict === 'wait') throw busy('a synchronisation with this partner is under way');
    const refused = verdict === 'apply' ? this.#merge.apply(partner, batch.groups, false, now) : [];
    return this.#answer(batch, refused);
  }

  /** The page that `author` asks for, without the census. Throws PublicError 'not-shared' (403) or 'busy' (429). */
  page(author: Id, { epoch, buckets, cursor }: SyncCall, now: number): SyncPage {
    const partner = this.#sharer(author);
    hear(partner, now);
    partner.inbox.noteEpoch(epoch, now);
    const { groups, next } = this.#pages.build(partner.slot, buckets, cursor, now);
    this.#counters.pagesSent++;
    return {
      epoch: this.epoch,
      sequence: partner.outbox.sequence,
      groups,
      ...(next === undefined ? {} : { next }),
    };
  }

  /** Counts own peers by bucket for `author`, in a walk that the caller steps through; undefined when it asks too often. */
  census(author: Id, now: number, onEnd: (census: Uint32Array) => void): LinkWalk | undefined {
    const partner = this.#sharer(author);
    if (now < partner.nextCensusAt && now >= partner.nextCensusAt - CENSUS_PAUSE_MS) return undefined;
    partner.nextCensusAt = now + CENSUS_PAUSE_MS;
    const { slot } = partner;
    const { tracker } = this.#options;
    const { links } = tracker.shared;
    const census = new Uint32Array(BUCKETS);
    const visit = (link: Link): number => {
      if (links.slotOf(link) !== slot) return 0;
      const torrent = links.torrentOf(link);
      census[tracker.bucketOf(torrent)]! += tracker.ownPeers(torrent);
      return 0;
    };
    return new LinkWalk(links, visit, () => onEnd(census));
  }

  /** Drops everything that came from a node, and takes nothing from it until `allowOrigin`. */
  forgetOrigin(id: Id): void {
    this.#muted.add(id);
    const partner = this.partners.get(id);
    if (partner === undefined) return;
    partner.isMuted = true;
    const { shared } = this.#options.tracker;
    const visit = (link: Link): number => (shared.links.slotOf(link) === partner.slot ? shared.clear(link) : 0);
    this.#walks.push(new LinkWalk(shared.links, visit, () => undefined));
  }

  allowOrigin(id: Id, now: number): void {
    this.#muted.delete(id);
    const partner = this.partners.get(id);
    if (partner === undefined) return;
    partner.isMuted = false;
    partner.inbox.want(now);
  }

  /** A supernode is joined no more: its word counts no longer, and its place among the witnesses is another's soon. */
  forgetWitness(supernode: Id): void {
    const witness = this.coCarriers.retire(supernode);
    if (witness === undefined) return;
    const { links } = this.#options.tracker.shared;
    const visit = (link: Link): number => {
      links.setNotes(link, forgottenBy(links.notes(link), witness));
      return 0;
    };
    this.#walks.push(new LinkWalk(links, visit, () => this.coCarriers.free(witness)));
  }

  #shift(byMs: number): void {
    this.#tidyAt += byMs;
    for (const { outbox, inbox } of this.partners.values()) {
      outbox.shift(byMs);
      inbox.shift(byMs);
    }
  }

  #sharer(author: Id): Partner {
    const partner = this.partners.get(author);
    if (partner !== undefined && !partner.isMuted) return partner;
    throw new PublicError('not-shared', 'no torrent is known to be carried by both', { status: 403 });
  }

  #ensure(id: Id, now: number): Partner | undefined {
    const { tracker, random, times } = this.#options;
    const held = this.partners.get(id);
    if (held !== undefined) return held;
    const partner = this.partners.ensure(id, () => ({
      outbox: new Outbox(tracker.log.head),
      inbox: new Inbox(times, now, random),
    }));
    if (partner === undefined) return undefined;
    partner.isMuted = this.#muted.has(id);
    partner.inbox.want(now);
    return partner;
  }

  /** Ends pairs that nothing speaks for, tries again those that a partner refused, and forgets partners without any. */
  #tidy(now: number): void {
    const { links } = this.#options.tracker.shared;
    const visit = (link: Link): number => {
      links.setNotes(link, links.notes(link) & ~REFUSED);
      return this.coCarriers.dropIfOver(link, now);
    };
    const end = (): void => {
      // Another walk that waits may mean a slot, which must not be another's by then.
      if (this.#walks.length > 1) return;
      for (const partner of this.partners.values()) {
        if (links.countOf(partner.slot) === 0) this.partners.remove(partner);
      }
    };
    this.#walks.push(new LinkWalk(links, visit, end));
  }

  #answer({ sequence }: ShareBatch, refused: readonly string[]): ShareAnswer {
    return { epoch: this.epoch, sequence, refused, notBeforeMs: 0 };
  }
}

function hear({ outbox, inbox, calls }: Partner, now: number): void {
  if (!calls.take(now)) throw busy('too many calls of this partner');
  outbox.wake();
  inbox.wake();
}

function busy(message: string): PublicError {
  return new PublicError('busy', message, { status: 429, retrySeconds: BUSY_RETRY_SECONDS });
}

function hashesOf(groups: ShareGroups): string[] {
  const hashes: string[] = [];
  while (groups.next()) hashes.push(groups.bytes.toString('hex', groups.hashAt, groups.hashAt + INFO_HASH_BYTES));
  return hashes;
}
