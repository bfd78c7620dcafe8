// The tracker: what an announce changes and what it is answered. Decisions over the packed store alone: no socket, no
// clock, no promise, and no garbage, since every request takes this road.

import type { Random } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import {
  type AddressFamily,
  type AnnounceAnswer,
  type AnnounceRequest,
  EVENT_STOPPED,
  type ScrapeCounts,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import { Deniability } from './deniability.ts';
import { Dice } from './dice.ts';
import { LookAhead } from './look-ahead.ts';
import { MinuteClock } from './minute-clock.ts';
import { type DownloadedCount, PlantedTorrents } from './planted-torrents.ts';
import { SortedTorrents } from './sorted-torrents.ts';
import { SwarmImage } from './swarm-image.ts';
import { SwarmJournal } from './swarm-journal.ts';
import { SwarmStore } from './swarm-store.ts';
import { Sweep } from './sweep.ts';
import { TopTorrents } from './top-torrents.ts';
import type { Torrent } from './torrent-table.ts';
import { checkOptions, type TrackerOptions } from './tracker-options.ts';
import { TrackerSharing } from './tracker-sharing.ts';

/** Each interval answered is up to a tenth longer or shorter, so that clients do not come back in one wave. */
const JITTER = 0.1;
const JITTER_STEPS = 1 << 16;
/** Clients come a little later than they are told to. */
const LATENESS_SECONDS = 60;

/** The longest interval answered to whom the tracker cannot tell yet what others know. */
const SOON_INTERVAL_SECONDS = 120;

/** What the tracker holds, and what it has done since it was made. */
export interface TrackerStats {
  readonly torrents: number;
  readonly planted: number;
  readonly peers4: number;
  readonly peers6: number;
  readonly seeders4: number;
  readonly seeders6: number;
  readonly completed: number;
  readonly expired: number;
  /** Times that the sweep has gone round. */
  readonly sweepRounds: number;
  /** Random addresses given out among peers; see deniability.ts. */
  readonly pretendedPeers: number;
}

/** Who keeps peers that cannot be given to ordinary clients. */
export interface PeerKeeper {
  /** Adds those of the torrent whose 20-byte hash is at `offset`. */
  addCounts(infoHash: Uint8Array, offset: number, into: ScrapeCounts): void;
}

export class Tracker {
  readonly sharing: TrackerSharing;
  readonly image: SwarmImage;
  readonly journal: SwarmJournal;
  /** Asks clients back soon: the node was restarted, and knows only a part of its swarms yet. */
  isCatchingUp = false;
  readonly #options: TrackerOptions;
  readonly #store: SwarmStore;
  readonly #planted: PlantedTorrents;
  readonly #sweep: Sweep;
  readonly #dice: Dice;
  readonly #lookAhead: LookAhead;
  readonly #deniability: Deniability | undefined;
  readonly #clock = new MinuteClock();
  #keeper: PeerKeeper | undefined;
  #intervalSeconds: number;
  #expired = 0;

  /** Throws RangeError naming an option that is out of range. */
  constructor(options: TrackerOptions, random: Random) {
    checkOptions(options);
    this.#options = options;
    this.#intervalSeconds = options.intervalSeconds;
    const lifetimeMinutes = Math.ceil(options.peerLifetimeSeconds / 60);
    this.#store = new SwarmStore({ ...options, refreshMinutes: Math.ceil(lifetimeMinutes / 3) }, random);
    this.#planted = new PlantedTorrents(this.#store);
    this.#sweep = new Sweep(this.#store, lifetimeMinutes);
    this.sharing = new TrackerSharing(this.#store, this.#clock, lifetimeMinutes);
    const parts = { store: this.#store, sharing: this.sharing, clock: this.#clock, lifetimeMinutes };
    this.image = new SwarmImage({ ...parts, isOpen: options.mode === 'open' });
    this.journal = new SwarmJournal(parts);
    this.#dice = new Dice(random);
    this.#lookAhead = new LookAhead(this.#store);
    const { deniabilityPercent = 0 } = options;
    this.#deniability = deniabilityPercent > 0 ? new Deniability(deniabilityPercent, random) : undefined;
  }

  /** How much of the room for torrents, for peers or of the memory is used: 0 to 1, whichever is most. */
  get fill(): number {
    return Math.max(this.#store.fill, this.#store.torrents.count / this.#options.maxTorrents);
  }

  /** The arrays that hold torrents and peers. */
  get arrays(): readonly Int32Array[] {
    return this.#store.arrays;
  }

  get stats(): TrackerStats {
    const { torrents, peers4, peers6, completed } = this.#store;
    return {
      torrents: torrents.count,
      planted: this.#planted.count,
      peers4: peers4.count,
      peers6: peers6.count,
      seeders4: peers4.seeders,
      seeders6: peers6.seeders,
      completed,
      expired: this.#expired,
      sweepRounds: this.#sweep.rounds,
      pretendedPeers: this.#deniability?.given ?? 0,
    };
  }

  /** Fills `answer`, or returns why not and leaves it as it was. */
  announce(request: AnnounceRequest, answer: AnnounceAnswer, nowSeconds: number): Refusal | undefined {
    const { torrents } = this.#store;
    let torrent = torrents.find(request.infoHash, 0);
    if (torrent === 0 && this.#options.mode === 'planted') return REFUSALS.unknownTorrent;
    if (request.event === EVENT_STOPPED) {
      this.#stop(torrent, request, answer);
      return undefined;
    }
    if (torrent === 0) {
      if (!this.#store.takesTorrents) return REFUSALS.full;
      torrent = torrents.add(request.infoHash, 0);
    }
    const isLone = this.#isLone(torrent);
    const completedBefore = this.#store.completed;
    const at = this.#store.enter(torrent, request, this.#clock.minuteAt(nowSeconds));
    if (at < 0) {
      this.#store.forgetIfUnused(torrent);
      return REFUSALS.full;
    }
    if (this.#store.completed !== completedBefore) this.#planted.noteDownload(torrent);
    this.#answerCounts(torrent, answer, isLone);
    this.#store.choosePeers(torrent, request, at, answer);
    this.#deniability?.mix(answer);
    return undefined;
  }

  /** Announces that are about to come, with their info hashes at `offset`: answering them takes less time then. */
  expect(requests: readonly Uint8Array[], offset: number, count: number, family: AddressFamily): void {
    this.#lookAhead.read(requests, offset, count, family);
  }

  /** Why the torrent whose 20-byte hash is at `offset` is not tracked; for listeners that keep peers of their own. */
  checkTorrent(infoHash: Uint8Array, offset: number): Refusal | undefined {
    const isTracked = this.#options.mode === 'open' || this.#store.torrents.find(infoHash, offset) !== 0;
    return isTracked ? undefined : REFUSALS.unknownTorrent;
  }

  /** Counts a download by somebody who is not among the peers, if the torrent whose hash is at `offset` is known. */
  countDownload(infoHash: Uint8Array, offset: number): void {
    const torrent = this.#store.torrents.find(infoHash, offset);
    if (torrent === 0) return;
    this.#store.completed++;
    this.#store.torrents.countDownload(torrent);
    this.#planted.noteDownload(torrent);
  }

  /** From now on scrapes count the peers of another keeper too, such as browsers. */
  countAlso(keeper: PeerKeeper): void {
    this.#keeper = keeper;
  }

  /** Counts of the torrent whose 20-byte hash is at `offset`; zeroes when it is not known. */
  scrape(infoHash: Uint8Array, offset: number, into: ScrapeCounts): void {
    this.#store.count(this.#store.torrents.find(infoHash, offset), into);
    this.#keeper?.addCounts(infoHash, offset, into);
  }

  /**
   * Carries a planted torrent, with the downloads counted before a restart. Throws PublicError 'full' when there are as
   * many torrents as may be.
   */
  carry(infoHash: InfoHash, downloaded = 0): void {
    this.#planted.add(infoHash, downloaded);
  }

  /** Carries a planted torrent no longer: it is forgotten with its peers, or in open mode lives on like any other. */
  drop(infoHash: InfoHash): void {
    this.#planted.remove(infoHash, this.#options.mode === 'planted');
  }

  carries(infoHash: InfoHash): boolean {
    return this.#planted.has(infoHash);
  }

  /** Counts of planted torrents that changed since they were last taken, at most `max` of them. */
  takeDownloaded(max: number): DownloadedCount[] {
    return this.#planted.takeDownloaded(max);
  }

  /**
   * Expires the peers of the next torrents, `maxTorrents` at most and fewer when they are large, going round for ever;
   * returns how many peers went. A round must take less than `sweepRoundSeconds` of tracker-options.ts.
   */
  sweep(nowSeconds: number, maxTorrents: number): number {
    const expired = this.#sweep.next(this.#clock.minuteAt(nowSeconds), maxTorrents);
    this.#expired += expired;
    return expired;
  }

  /** The `max` torrents with the most peers, to be looked for in slices. */
  topTorrents(max: number): TopTorrents {
    return new TopTorrents(this.#store, max);
  }

  /** All torrents in the order of their info hashes, to be gathered in slices. */
  sortedTorrents(): SortedTorrents {
    return new SortedTorrents(this.#store);
  }

  /**
   * Answers longer intervals from now on: 0 = as configured, 1 = as long as clients may stay away without being
   * forgotten.
   */
  setPressure(pressure: number): void {
    const { intervalSeconds, peerLifetimeSeconds } = this.#options;
    const longest = Math.max(intervalSeconds, (peerLifetimeSeconds - LATENESS_SECONDS) / (1 + JITTER));
    this.#intervalSeconds = intervalSeconds + (longest - intervalSeconds) * Math.min(1, Math.max(0, pressure));
  }

  #stop(torrent: Torrent, request: AnnounceRequest, answer: AnnounceAnswer): void {
    if (torrent !== 0) this.#store.leave(torrent, request);
    this.#answerCounts(torrent, answer);
    if (torrent !== 0) this.#store.forgetIfUnused(torrent);
  }

  /**
   * Whether the next peer is the only one known of a torrent that others carry too. Another one may have come there in the
   * same moment: neither hears of the other unless they ask again.
   */
  #isLone(torrent: Torrent): boolean {
    return this.#store.peerCount(torrent) === 0 && this.#store.shared.links.first(torrent) !== 0;
  }

  #answerCounts(torrent: Torrent, answer: AnnounceAnswer, isLone = false): void {
    const spread = (2 * JITTER * this.#dice.below(JITTER_STEPS)) / JITTER_STEPS - JITTER;
    const isSoon = isLone || this.isCatchingUp;
    const seconds = isSoon ? Math.min(SOON_INTERVAL_SECONDS, this.#intervalSeconds) : this.#intervalSeconds;
    answer.intervalSeconds = Math.max(1, Math.round(seconds * (1 + spread)));
    answer.minIntervalSeconds = Math.min(this.#options.minIntervalSeconds, answer.intervalSeconds);
    answer.peers4Count = 0;
    answer.peers6Count = 0;
    this.#store.count(torrent, answer);
  }
}
