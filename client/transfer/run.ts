// A whole transfer: trackers are found, the engine works, they are found again when all of them fail; then seeding.

import { PublicError } from '../../shared/errors.ts';
import type { Resolve } from '../../shared/http/guard.ts';
import type { NetworkWish } from '../../shared/network/network-options.ts';
import type { Identity } from '../../shared/network/reached-network.ts';
import type { TorrentArgument } from '../../shared/network/torrent-argument.ts';
import type { InfoHashV2 } from '../../shared/protocol/info-hash.ts';
import { readMetainfo } from '../../shared/protocol/metainfo.ts';
import type { StoredFile } from '../../shared/protocol/metainfo-files.ts';
import { Engine, type EngineOptions } from '../engine/engine.ts';
import type { Transfer } from '../engine/transfer.ts';
import { webSeedsOf } from '../engine/web-seeds.ts';
import { Announcer } from '../swarm/announcer.ts';
import { type FoundTrackers, findTrackers } from '../swarm/find-trackers.ts';
import { openTracker } from '../tracker/open-tracker.ts';
import type { SeedingGoal } from './options.ts';
import type { Reporter } from './reporter.ts';

export interface TransferPlan {
  readonly torrent: TorrentArgument;
  readonly folder: string;
  /** All data must be there already. */
  readonly isSeed: boolean;
  readonly isSequential: boolean;
  readonly select: (files: readonly StoredFile[]) => ReadonlySet<StoredFile>;
  /** Told the .torrent when nothing else is wanted. */
  readonly onMetainfo?: ((torrent: Uint8Array) => void) | undefined;
  /** What to do when everything is here; undefined: end. */
  readonly seeding: SeedingGoal | undefined;
  /** Give up when nothing has come for so long; undefined: never. */
  readonly giveUpMs: number | undefined;
  readonly engine: Omit<EngineOptions, 'webSocketTrackers'>;
}

export interface TransferWorld {
  readonly wish: NetworkWish;
  readonly identity: Identity;
  readonly resolve: Resolve;
  readonly reporter: Reporter;
  /** How often other carriers are looked for, however good the known ones are; FIND_EVERY_MS but in tests. */
  readonly findEveryMs?: number | undefined;
  /** Aborted by the user. */
  readonly signal: AbortSignal;
}

/** 'complete': all that was wanted is here, whatever came after. */
export type Ending = 'complete' | 'gave up' | 'interrupted';

const TICK_MS = 1000;
const TRACKER_TIMEOUT_MS = 10_000;
const FEW_PEERS = 5;
/** `left` while nobody knows how much there is (as other clients say). */
const UNKNOWN_LEFT = 16_384;
/** Supernodes are asked again no sooner than this. */
const FIND_AGAIN_MS = 10_000;
const FIND_EVERY_MS = 600_000;

/** Throws PublicError when it cannot begin, or not go on. */
export async function runTransfer(plan: TransferPlan, world: TransferWorld): Promise<Ending> {
  const { torrent } = plan;
  const found = await findTrackers(torrent, world.wish, world.identity);
  const { tiers, webSocketTrackers, carriers, failure } = found;
  const count = tiers.flatMap(({ urls }) => urls).length + webSocketTrackers.length;
  world.reporter.trackers(carriers, count, failure);
  const hasWebSeeds = torrent.file !== undefined && webSeedsOf(torrent.file.bytes).length > 0;
  if (count === 0 && !hasWebSeeds && plan.engine.dht === undefined) {
    throw new PublicError('no-tracker', `it names no tracker, and no node is known to carry it${because(failure)}`);
  }
  const engine = await Engine.start({ ...plan.engine, webSocketTrackers });
  try {
    if (linkToTree(torrent) !== undefined) return await runLinked(plan, world, engine, found);
    return await new TransferRun(plan, world, engine, found).run();
  } finally {
    await engine.close();
  }
}

/** Fetches the .torrent first, and goes on as if it had been there. */
async function runLinked(
  plan: TransferPlan,
  world: TransferWorld,
  engine: Engine,
  found: FoundTrackers,
): Promise<Ending> {
  let bytes: Buffer | undefined;
  const onMetainfo = (torrent: Uint8Array): void => {
    bytes = Buffer.from(torrent);
  };
  const fetching = new TransferRun({ ...plan, onMetainfo }, world, engine, found);
  const ending = await fetching.run();
  if (bytes === undefined) return ending;
  if (plan.onMetainfo !== undefined) {
    plan.onMetainfo(bytes);
    return ending;
  }
  await fetching.remove();
  const torrent = { ...plan.torrent, file: { bytes, metainfo: readMetainfo(bytes) } };
  return new TransferRun({ ...plan, torrent }, world, engine, found).run();
}

/** The hash of a torrent of version 2 only whose .torrent is not there. */
function linkToTree({ infoHash, infoHashV2, file }: TorrentArgument): InfoHashV2 | undefined {
  return infoHash === undefined && file === undefined ? infoHashV2 : undefined;
}

class TransferRun {
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
      const ready = await this.#orFailure(Promise.race([this.#transfer.ready, interrupted, this.#gaveUp()]));
      if (ready !== undefined) return this.#end(ready);
      if (onMetainfo !== undefined) {
        onMetainfo(this.#transfer.torrentFile);
        return 'complete';
      }
      reporter.metainfo(this.#transfer.metainfo);
      reporter.verified(this.#transfer.status());
      if (isSeed) this.#checkWhole();
      if (torrent.file !== undefined) this.#announcer.setTiers(tiers);
      const ending = await this.#orFailure(Promise.race([this.#complete(), interrupted, this.#gaveUp()]));
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

  /** Resolves when nothing has come for too long; never when there is no limit. */
  #gaveUp(): Promise<'gave up'> {
    const { giveUpMs } = this.#plan;
    const { clock } = this.#world.identity;
    let downloaded = -1;
    let since = clock.now();
    return new Promise((resolve) => {
      if (giveUpMs === undefined) return;
      const stopTicking = this.#tick(() => {
        const now = this.#transfer.status().downloaded;
        if (now !== downloaded) since = clock.now();
        downloaded = now;
        if (clock.now() - since < giveUpMs) return;
        stopTicking();
        resolve('gave up');
      });
    });
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
    this.#soughtAt = this.#world.identity.clock.now();
    void this.#findAgain().catch(() => undefined);
  }

  async #findAgain(): Promise<void> {
    const { wish, identity, reporter } = this.#world;
    const found = await findTrackers(this.#plan.torrent, wish, identity);
    const isNew = found.carriers.some((url) => !this.#found.carriers.includes(url));
    if (!isNew) return;
    this.#found = found;
    reporter.trackers(found.carriers, found.carriers.length, found.failure);
    this.#announcer.setTiers(found.tiers);
  }
}

function because(failure: string | undefined): string {
  return failure === undefined ? '' : ` (${failure})`;
}
