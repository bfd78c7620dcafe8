// The pushing side: follows the log of changes, says which partner is due, makes its batch, and learns how that ended.

import type { Random } from '../../shared/platform/random.ts';
import { GROUP_HEAD_BYTES } from '../../shared/protocol/messages/share-groups.ts';
import type { ShareAnswer, ShareBatch } from '../../shared/protocol/messages/share-messages.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { distance, LoggedChange, type LogPosition } from '../tracker/change-log.ts';
import type { TrackerSharing } from '../tracker/tracker-sharing.ts';
import { jittered } from './back-off.ts';
import { BatchBuilder } from './batch-builder.ts';
import { REFUSED } from './link-notes.ts';
import type { Partner, Partners } from './partners.ts';
import type { PeerPolicy } from './peer-policy.ts';
import type { SharingCounters } from './stats.ts';

export interface SendingTimes {
  /** From a change to the batch that tells of it, in swarms below SMALL_SWARM_PEERS and in others. */
  readonly smallFlushMs: number;
  readonly flushMs: number;
}

export interface SendingOptions {
  readonly epoch: string;
  readonly tracker: TrackerSharing;
  readonly partners: Partners;
  readonly policy: PeerPolicy;
  readonly counters: SharingCounters;
  readonly random: Random;
  readonly times: SendingTimes;
}

/** In a swarm with fewer peers a client waits for every single one. */
export const SMALL_SWARM_PEERS = 5;
const FLUSH_JITTER = 0.2;
/** What a change adds to a batch, at a guess: not all are alone in their group. */
const BYTES_PER_CHANGE: number = 8 + GROUP_HEAD_BYTES / 2;
/** Changes looked at in one go: about 3 ms. */
const MAX_CHANGES_PER_STEP = 32_768;

export class Sending {
  readonly #options: SendingOptions;
  readonly #builder: BatchBuilder;
  readonly #change = new LoggedChange();
  /** Outboxes know of every change before. */
  #noted: LogPosition;

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#builder = new BatchBuilder(options.tracker, options.policy);
    this.#noted = options.tracker.log.head;
  }

  /** Tells the outboxes what has changed since the last call. */
  follow(now: number): void {
    const { tracker, partners, counters } = this.#options;
    const { log } = tracker;
    if (!log.reachesBack(this.#noted)) {
      for (const { outbox } of partners.values()) outbox.lose(log.head);
      counters.overflows += partners.size;
      this.#noted = log.head;
    }
    for (const { outbox } of partners.values()) if (outbox.isIdle) outbox.skip(this.#noted);
    const changes = Math.min(distance(this.#noted, log.head), MAX_CHANGES_PER_STEP);
    for (let left = changes; left > 0; left--) {
      log.read(this.#noted, this.#change);
      if (tracker.isCurrent(this.#change)) this.#tell(now);
      this.#noted = (this.#noted + 1) | 0;
    }
  }

  /** Changes that the partner has not heard of, of others' too. */
  backlogOf({ outbox }: Partner): number {
    return distance(outbox.position, this.#options.tracker.log.head);
  }

  /** The next batch for a partner that is due; undefined when there is nothing to say. */
  take({ outbox, slot, isMuted, urls }: Partner, now: number): ShareBatch | undefined {
    if (isMuted || urls.length === 0 || !outbox.isDue(now)) return undefined;
    const { epoch, tracker, counters } = this.#options;
    const { log } = tracker;
    if (!log.reachesBack(outbox.position)) {
      outbox.lose(log.head);
      counters.overflows++;
    }
    const { groups, end, entries } = this.#builder.build(slot, outbox.position, now);
    const isEmpty = entries === 0 && !outbox.mustTell;
    const batch = isEmpty ? undefined : { epoch, ...outbox.begin(end, entries, groups.bytes.length), groups };
    if (isEmpty) outbox.skip(end);
    if (end !== log.head) outbox.hurry(now);
    return batch;
  }

  answered(partner: Partner, answer: ShareAnswer, now: number): void {
    const { counters, partners } = this.#options;
    const { outbox, slot } = partner;
    const { lagMs, entries, bytes } = outbox.acknowledge(now, answer.notBeforeMs);
    counters.batchesSent++;
    counters.entriesSent += entries;
    counters.bytesSent += bytes;
    if (lagMs !== undefined) counters.countLag(lagMs);
    // It may have been forgotten meanwhile, and its slot given to another.
    if (partners.get(partner.id) !== partner) return;
    for (const infoHash of answer.refused) this.#stopSharing(infoHash, slot);
  }

  /** `retryMs` is there when the partner answered that it has no time. */
  failed({ outbox }: Partner, now: number, retryMs: number | undefined): void {
    this.#options.counters.batchesFailed++;
    if (retryMs === undefined) outbox.fail(now, this.#options.random);
    else outbox.postpone(now, retryMs);
  }

  /** The change in `#change` concerns every co-carrier of its torrent. */
  #tell(now: number): void {
    const { tracker, partners, random, times } = this.#options;
    const { torrent } = this.#change;
    const { links } = tracker.shared;
    const isSmall = tracker.swarmSize(torrent) < SMALL_SWARM_PEERS;
    const delayMs = jittered(isSmall ? times.smallFlushMs : times.flushMs, FLUSH_JITTER, random);
    for (let link = links.first(torrent); link !== 0; link = links.next(link)) {
      if ((links.notes(link) & REFUSED) !== 0) continue;
      partners.at(links.slotOf(link)).outbox.note(now, delayMs, BYTES_PER_CHANGE);
    }
  }

  #stopSharing(infoHash: InfoHash, slot: number): void {
    const { tracker } = this.#options;
    const torrent = tracker.findCarried(infoHashBytes(infoHash), 0);
    const link = torrent === 0 ? 0 : tracker.shared.links.find(torrent, slot);
    if (link !== 0) tracker.shared.links.setNotes(link, tracker.shared.links.notes(link) | REFUSED);
  }
}
