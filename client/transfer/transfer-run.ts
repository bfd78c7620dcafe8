// One torrent in the engine, from the first announce to the last: its data comes, then it is seeded, and its trackers are
// found again now and then.

import { PublicError } from '../../shared/errors.ts';
import { createAddressPolicy } from '../../shared/http/address-policy.ts';
import type { Engine } from '../engine/engine.ts';
import type { Transfer } from '../engine/transfer.ts';
import { Announcer } from '../swarm/announcer.ts';
import { type FoundTrackers, findTrackers } from '../swarm/find-trackers.ts';
import { openTracker } from '../tracker/open-tracker.ts';
import type { SeedingGoal } from './options.ts';
import { type Ending, linkToTree, type TransferPlan, type TransferWorld } from './plan.ts';

const TICK_MS = 1000;
const TRACKER_TIMEOUT_MS = 10_000;
const FEW_PEERS = 5;
/** `left` while nobody knows how much there is (as other clients say). */
const UNKNOWN_LEFT = 16_384;
/** Supernodes are asked again no sooner than this. */
const FIND_AGAIN_MS = 10_000;
const FIND_EVERY_MS = 600_000;

export class TransferRun {
  readonly #plan: TransferPlan;
  readonly #world: TransferWorld;
  readonly #engine: Engine;
  readonly #transfer: Transfer;
  readonly #announcer: Announcer;
  /** Aborted when there is nothing left to look at. */
  readonly #over = new AbortController();
  #found: FoundTrackers;
  #soughtAt = 0;
  #isComplete = false;

  constructor(plan: TransferPlan, world: TransferWorld, engine: Engine, found: FoundTrackers) {
    const { torrent, folder, isSeed, isSequential, select } = plan;
    this.#plan = plan;
    this.#world = world;
    this.#engine = engine;
    this.#found = found;
    const infoHash = torrent.hashes[0]!;
    this.#transfer = engine.add(torrent.file?.bytes ?? infoHash, {
      folder,
      isSeed,
      isSequential,
      isPrivate: torrent.file?.metainfo.isPrivate === true,
      infoHashV2: linkToTree(torrent),
      onDamage: (damage) => world.reporter.damaged(damage),
      select: plan.onMetainfo === undefined ? select : () => new Set(),
    });
    this.#announcer = this.#createAnnouncer(infoHash);
  }

  async run(): Promise<Ending> {
    const { tiers } = this.#found;
    const { isSeed, torrent, onMetainfo, seeding } = this.#plan;
    const { reporter, signal } = this.#world;
    const interrupted = new Promise<'interrupted'>((resolve) => {
      if (signal.aborted) resolve('interrupted');
      signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
    });
    // Metainfo comes from peers; with it at hand, trackers are told how much is left when that is known.
    if (torrent.file === undefined) this.#announcer.setTiers(tiers);
    this.#tick(() => this.#lookAround(), this.#world.findEveryMs ?? FIND_EVERY_MS);
    try {
      const ready = await this.#withPatience(Promise.race([this.#transfer.ready, interrupted]));
      if (ready !== undefined) return this.#end(ready);
      if (onMetainfo !== undefined) {
        onMetainfo(this.#transfer.torrentFile);
        return 'complete';
      }
      reporter.metainfo(this.#transfer.metainfo);
      reporter.verified(this.#transfer.status());
      if (isSeed) this.#checkWhole();
      if (torrent.file !== undefined) this.#announcer.setTiers(tiers);
      const ending = await this.#withPatience(Promise.race([this.#complete(), interrupted]));
      if (ending !== 'complete') return this.#end(ending);
      if (seeding !== undefined) await this.#orFailure(Promise.race([this.#seeded(seeding), interrupted]));
      return this.#end('complete');
    } finally {
      this.#over.abort();
      await this.#announcer.stop();
    }
  }

  /** Has the engine forget the torrent, so that it can be added anew. */
  remove(): Promise<void> {
    return this.#transfer.remove();
  }

  async #complete(): Promise<'complete'> {
    const stopTicking = this.#tick(() => this.#world.reporter.progress(this.#transfer.status(), false));
    try {
      await this.#transfer.complete;
    } finally {
      stopTicking();
    }
    this.#isComplete = true;
    if (!this.#plan.isSeed) {
      this.#world.reporter.complete(this.#transfer.files, this.#transfer.status());
      this.#announcer.announceNow();
    }
    return 'complete';
  }

  /** Resolves when enough was given back. */
  #seeded({ ratio, timeMs }: SeedingGoal): Promise<void> {
    const { clock } = this.#world.identity;
    const until = timeMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + timeMs;
    return new Promise((resolve) => {
      const stopTicking = this.#tick(() => {
        const status = this.#transfer.status();
        this.#world.reporter.progress(status, true);
        const isRatioReached = ratio !== undefined && status.uploaded >= ratio * status.length;
        if (!isRatioReached && clock.now() < until) return;
        stopTicking();
        resolve();
      });
    });
  }

  /** The same, or 'gave up' when nothing has come for too long. */
  async #withPatience<T>(work: Promise<T>): Promise<T | 'gave up'> {
    const { giveUpMs } = this.#plan;
    if (giveUpMs === undefined) return this.#orFailure(work);
    const { clock } = this.#world.identity;
    const gaveUp = Promise.withResolvers<'gave up'>();
    let downloaded = -1;
    let since = clock.now();
    const stopTicking = this.#tick(() => {
      const now = this.#transfer.status().downloaded;
      // Nothing can come while it is looked at what is there already.
      if (now !== downloaded || this.#transfer.isVerifying) since = clock.now();
      downloaded = now;
      if (clock.now() - since >= giveUpMs) gaveUp.resolve('gave up');
    });
    try {
      return await this.#orFailure(Promise.race([work, gaveUp.promise]));
    } finally {
      stopTicking();
    }
  }

  #checkWhole(): void {
    const { downloaded, length } = this.#transfer.status();
    if (this.#transfer.isComplete) return;
    const percent = length === 0 ? 0 : Math.floor((100 * downloaded) / length);
    const place = this.#transfer.files[0]?.path ?? this.#plan.folder;
    throw new PublicError('data', `only ${percent} % of the data is there and right, looked for at ${place}`);
  }

  #end(ending: Ending): Ending {
    const status = this.#transfer.left === undefined ? undefined : this.#transfer.status();
    this.#world.reporter.ended(ending, status);
    return ending;
  }

  #orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#transfer.failed, this.#engine.failed]);
  }

  #tick(work: () => void, intervalMs = TICK_MS): () => void {
    const timer = setInterval(work, intervalMs);
    const stop = (): void => clearInterval(timer);
    this.#over.signal.addEventListener('abort', stop, { once: true });
    return stop;
  }

  #createAnnouncer(infoHash: string): Announcer {
    const { identity, resolve, reporter } = this.#world;
    const tools = { ...identity, timeoutMs: TRACKER_TIMEOUT_MS, resolve };
    return new Announcer({
      infoHash,
      peerId: this.#engine.peerId,
      port: this.#engine.port,
      key: identity.random.uint32(),
      progress: () => {
        const { uploaded, received } = this.#transfer.status();
        return { uploaded, downloaded: received, left: this.#transfer.left ?? UNKNOWN_LEFT };
      },
      isComplete: () => this.#isComplete || this.#transfer.left === 0,
      wantsPeers: () => !this.#isComplete && this.#peerCount() < FEW_PEERS,
      resolve,
      policy: () => createAddressPolicy(this.#found.allowNetworks),
      open: (url, target) => openTracker({ url, target, ...tools, allowNetworks: this.#found.allowNetworks }),
      onPeers: (peers) => {
        // A seed is connected to by those who want something.
        if (!this.#isComplete) void this.#transfer.addPeers(peers);
      },
      onFailure: (tracker, reason) => reporter.trackerFailed(tracker, reason),
      onAllFailed: () => {
        if (identity.clock.now() - this.#soughtAt >= FIND_AGAIN_MS) this.#lookAround();
      },
    });
  }

  #peerCount(): number {
    const { tracker, incoming, other } = this.#transfer.status().peers;
    return tracker + incoming + other;
  }

  /** Other nodes may carry it by now; that nobody can be asked is no reason to end. */
  #lookAround(): void {
    // A link does not say so: it turns out with the metainfo.
    if (this.#transfer.left !== undefined && this.#transfer.metainfo.isPrivate) return;
    this.#soughtAt = this.#world.identity.clock.now();
    void this.#findAgain().catch(() => undefined);
  }

  async #findAgain(): Promise<void> {
    const { wish, identity, reporter } = this.#world;
    const found = await findTrackers(this.#plan.torrent, wish, identity, this.#over.signal);
    const isNew = found.carriers.some((url) => !this.#found.carriers.includes(url));
    if (!isNew || this.#over.signal.aborted) return;
    this.#found = found;
    reporter.trackers(found.carriers, found.carriers.length, found.failure);
    this.#announcer.setTiers(found.tiers);
  }
}
