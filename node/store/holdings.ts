// What this node holds: plants on disk, and the tracker and the catalogue in memory, always in step with them.

import { PublicError } from '../../shared/errors.ts';
import {
  type CatalogueDelta,
  type CatalogueHead,
  MAX_CATALOGUE_HASHES,
} from '../../shared/protocol/messages/node-messages.ts';
import { supersedes } from '../../shared/protocol/records/lasting.ts';
import { Catalogue } from '../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { NodeStore } from './node-store.ts';
import type { HeldPlant, Plant } from './plants.ts';
import type { DownloadedCount, UnusedTorrent } from './torrents.ts';

/** The tracker, as far as planting is concerned. */
export interface Carrying {
  /** Throws PublicError 'full' when it has no room for another torrent. */
  carry(infoHash: InfoHash, downloaded: number): void;
  drop(infoHash: InfoHash): void;
}

/** A plant that somebody hands in. */
export interface Candidate extends Plant {
  /** Why this node may not begin to carry the torrent for that planter; undefined when it may. */
  readonly objection: string | undefined;
}

/** `carriedSinceChange` is there when the torrent is carried; `code` says why a plant was refused. */
export type PlantOutcome =
  | { readonly status: 'planted' | 'known'; readonly carriedSinceChange: number | undefined }
  | { readonly status: 'refused'; readonly code: string };

export interface HoldingsLimits {
  /** Plant records held, uproots too. */
  readonly maxPlants: number;
}

/** More dropped torrents than this are forgotten; see Torrents.forgetDropped. */
const MAX_DROPPED = 100_000;
/**
 * Uproots and lapsed plants that are remembered, and the share of the room for plants that they take at most: else who plants and
 * takes back, or shares nothing, fills it. Supernodes remember uproots too.
 */
const MAX_SPENT = 200_000;
const SPENT_SHARE = 0.2;
const EXPIRED_PER_TRANSACTION = 1000;
const REVIEWED_PER_TRANSACTION = 500;

/** What a transaction changed. */
class Changes {
  /** Whether the torrent is carried afterwards. The tracker carries at once, since it may refuse, and drops at the end. */
  readonly torrents = new Map<InfoHash, boolean>();
  plants = 0;
}

export class Holdings {
  readonly #store: NodeStore;
  readonly #tracker: Carrying;
  readonly #limits: HoldingsLimits;
  readonly #catalogue = new Catalogue();
  #plantCount: number;

  /** Reads the whole store: from here on the tracker carries what was planted before. Throws when that is too much for it. */
  constructor(store: NodeStore, tracker: Carrying, limits: HoldingsLimits) {
    this.#store = store;
    this.#tracker = tracker;
    this.#limits = limits;
    this.#plantCount = store.plants.count();
    for (const { infoHash, downloaded } of store.torrents.carried()) {
      tracker.carry(infoHash, downloaded);
      this.#catalogue.add(infoHash);
    }
  }

  /** How much of the room for plant records is taken, 0 to 1. */
  get fill(): number {
    return this.#plantCount / this.#limits.maxPlants;
  }

  /** Takes the plants of one call in one transaction; outcomes in the order of the candidates. `now` is unix ms. */
  plant(candidates: readonly Candidate[], now: number): PlantOutcome[] {
    return this.#change((changes) => candidates.map((candidate) => this.#plantOne(candidate, now, changes)));
  }

  /** Forgets plants that have expired, and spent ones that are too many, a bounded number at a time. Returns whether there may be more. */
  expire(now: number): boolean {
    const { plants, torrents } = this.#store;
    return this.#change((changes) => {
      const expired = plants.deleteExpired(now, EXPIRED_PER_TRANSACTION);
      for (const infoHash of new Set(expired)) this.#dropUnwanted(infoHash, changes);
      const kept = Math.min(MAX_SPENT, Math.floor(this.#limits.maxPlants * SPENT_SHARE));
      const spent = plants.forgetSpent(kept, EXPIRED_PER_TRANSACTION);
      changes.plants -= expired.length + spent;
      torrents.forgetDropped(MAX_DROPPED);
      return Math.max(expired.length, spent) === EXPIRED_PER_TRANSACTION;
    });
  }

  /** How many nodes shall carry the torrent, 0 when it is not carried. */
  copiesWanted(infoHash: InfoHash): number {
    return this.#catalogue.has(infoHash) ? this.#store.plants.copiesWanted(infoHash) : 0;
  }

  /** At most `max` of the torrents carried, in ascending order from the first after `place` ('': of all). */
  carriedAfter(place: InfoHash | '', max: number): InfoHash[] {
    const page: InfoHash[] = [];
    for (const infoHash of this.#catalogue.after(place)) if (page.push(infoHash) === max) break;
    return page;
  }

  /** Gives up torrents, such as those that others carry; a new allocation may bring them back. */
  release(infoHashes: readonly InfoHash[]): void {
    this.#change((changes) => {
      for (const infoHash of infoHashes) {
        changes.plants -= this.#store.plants.deleteLive(infoHash);
        this.#dropUnwanted(infoHash, changes);
      }
    });
  }

  /**
   * Looks at the next torrents that nobody has used, after `place` or from the oldest: those that `isUsed` now are noted,
   * those carried since before `deadline` (unix ms) are given up. Returns the place to go on from, undefined at the end.
   */
  reviewUnused(
    place: UnusedTorrent | undefined,
    isUsed: (infoHash: InfoHash) => boolean,
    deadline: number,
  ): UnusedTorrent | undefined {
    return this.#change((changes) => {
      const torrents = this.#store.torrents.unusedAfter(place, REVIEWED_PER_TRANSACTION);
      for (const { infoHash, carriedSince } of torrents) {
        if (isUsed(infoHash)) this.#store.torrents.markUsed(infoHash);
        else if (carriedSince < deadline) this.#lapse(infoHash, changes);
      }
      return torrents.length === REVIEWED_PER_TRANSACTION ? torrents.at(-1) : undefined;
    });
  }

  saveDownloaded(counts: readonly DownloadedCount[]): void {
    this.#store.transact(() => this.#store.torrents.saveDownloaded(counts));
  }

  head(): CatalogueHead {
    return { ...this.#store.torrents.head(), count: this.#catalogue.size, root: this.#catalogue.root() };
  }

  /** The next page of changes after `since`; from the start of a full set when the reader knows another epoch. */
  delta(epoch: string, since: number): CatalogueDelta {
    const head = this.head();
    const isReset = epoch !== head.epoch || since > head.change;
    const changes = this.#store.torrents.changesSince(isReset ? 0 : since, MAX_CATALOGUE_HASHES);
    const isLast = changes.length < MAX_CATALOGUE_HASHES;
    const added: InfoHash[] = [];
    const removed: InfoHash[] = [];
    for (const { infoHash } of changes) (this.#catalogue.has(infoHash) ? added : removed).push(infoHash);
    return {
      head,
      isReset,
      added,
      removed: isReset ? [] : removed,
      next: isLast ? head.change : changes.at(-1)!.change,
      isLast,
    };
  }

  #plantOne(candidate: Candidate, now: number, changes: Changes): PlantOutcome {
    const { planter, statement, bytes } = candidate;
    const held = this.#store.plants.find(statement.infoHash, planter);
    if (held !== undefined && !supersedes({ seq: statement.seq, bytes }, held)) {
      if (held.copies === 0 && statement.copies > 0) return refused('uprooted');
      return held.isLapsed === 1 ? refused('unused') : this.#accepted('known', statement.infoHash);
    }
    return statement.copies === 0
      ? this.#uproot(candidate, held, changes)
      : this.#plantNewer(candidate, held, now, changes);
  }

  /** Uproots of what was never planted here are not kept: they would let strangers fill the store. */
  #uproot(candidate: Candidate, held: HeldPlant | undefined, changes: Changes): PlantOutcome {
    if (held === undefined) return refused('not-planted');
    this.#store.plants.put(candidate);
    this.#dropUnwanted(candidate.statement.infoHash, changes);
    return this.#accepted('planted', candidate.statement.infoHash);
  }

  /** A planter's newer word on what it has planted here needs no new allocation. */
  #plantNewer(candidate: Candidate, held: HeldPlant | undefined, now: number, changes: Changes): PlantOutcome {
    const { infoHash } = candidate.statement;
    const isLive = held !== undefined && held.copies > 0 && held.isLapsed === 0;
    if (!isLive && candidate.objection !== undefined) return refused(candidate.objection);
    if (held === undefined && this.#plantCount + changes.plants >= this.#limits.maxPlants) return refused('full');
    if (!this.#carryWanted(infoHash, now, changes)) return refused('full');
    this.#store.plants.put(candidate);
    if (held === undefined) changes.plants++;
    return this.#accepted('planted', infoHash);
  }

  #accepted(status: 'planted' | 'known', infoHash: InfoHash): PlantOutcome {
    return { status, carriedSinceChange: this.#store.torrents.carriedSinceChange(infoHash) };
  }

  /** Whether the torrent is carried then. */
  #carryWanted(infoHash: InfoHash, now: number, changes: Changes): boolean {
    if (this.#store.torrents.carriedSinceChange(infoHash) !== undefined) return true;
    try {
      this.#tracker.carry(infoHash, this.#store.torrents.downloaded(infoHash));
    } catch (error) {
      if (error instanceof PublicError) return false;
      throw error;
    }
    changes.torrents.set(infoHash, true);
    this.#store.torrents.carry(infoHash, now);
    return true;
  }

  #lapse(infoHash: InfoHash, changes: Changes): void {
    this.#store.plants.lapse(infoHash);
    this.#dropUnwanted(infoHash, changes);
  }

  #dropUnwanted(infoHash: InfoHash, changes: Changes): void {
    const isCarried = this.#store.torrents.carriedSinceChange(infoHash) !== undefined;
    if (!isCarried || this.#store.plants.copiesWanted(infoHash) > 0) return;
    this.#store.torrents.drop(infoHash);
    this.#store.coCarriers.forget(infoHash);
    changes.torrents.set(infoHash, false);
  }

  #change<T>(work: (changes: Changes) => T): T {
    const changes = new Changes();
    try {
      const result = this.#store.transact(() => work(changes));
      this.#adopt(changes);
      return result;
    } catch (error) {
      for (const infoHash of changes.torrents.keys()) if (!this.#catalogue.has(infoHash)) this.#tracker.drop(infoHash);
      throw error;
    }
  }

  #adopt(changes: Changes): void {
    this.#plantCount += changes.plants;
    for (const [infoHash, isCarried] of changes.torrents) {
      if (isCarried) this.#catalogue.add(infoHash);
      else {
        this.#tracker.drop(infoHash);
        this.#catalogue.remove(infoHash);
      }
    }
  }
}

function refused(code: string): PlantOutcome {
  return { status: 'refused', code };
}
