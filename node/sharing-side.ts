// Sharing put together: the core, the store that remembers partners, the job that drives it, and what the control plane
// needs of it.

import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { PublicError } from '../shared/errors.ts';
import type { Guard } from '../shared/http/guard.ts';
import { NodeClient } from '../shared/http/node-client.ts';
import { SupernodeClient } from '../shared/http/supernode-client.ts';
import type { Clock } from '../shared/platform/clock.ts';
import { every } from '../shared/platform/every.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import type { Id, Signer } from '../shared/protocol/records/record.ts';
import { nodeRecord } from '../shared/protocol/records/statements.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import type { NodeConfig } from './config.ts';
import { startCarrierPolls } from './jobs/carrier-polls.ts';
import { startSharing } from './jobs/sharing.ts';
import type { LinkChange } from './sharing/co-carriers.ts';
import { Sharing } from './sharing/sharing.ts';
import type { NodeStore } from './store/node-store.ts';
import type { Tracker } from './tracker/tracker.ts';

export interface SharingSideParts {
  readonly signer: Signer;
  readonly store: NodeStore;
  readonly tracker: Tracker;
  readonly guard: Guard;
  /** Those to ask who carries what. */
  readonly supernodes: () => readonly { readonly id: Id; readonly url: string }[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A signature costs about 0.2 ms: so many are checked before announces have their turn. */
const RECORDS_PER_TURN = 8;
/** Between them, where a supernode may have invented the nodes: 8 % of one core. */
const RECORDS_PAUSE_MS = 20;
const SAVE_INTERVAL_MS = 1000;
/** A partner that does not answer keeps clients coming back soon for no longer. */
const MAX_CATCH_UP_MS = 120_000;
/** From the end of one synchronisation with a partner to the next. */
const SYNC_PAUSE_MS = 5000;

export class SharingSide {
  readonly sharing: Sharing;
  readonly #parts: SharingSideParts;
  readonly #jobs: readonly { stop(): Promise<void> }[];
  /** Unix ms from when the node counts as caught up, whether its partners answered or not. */
  readonly #catchUpUntil: number;
  /** Nodes with records that the store does not have yet. */
  readonly #unsaved = new Set<Id>();

  constructor(config: NodeConfig, parts: SharingSideParts) {
    const { signer, store, tracker, guard, clock, random, log } = parts;
    this.#parts = parts;
    this.sharing = new Sharing({
      self: signer.id,
      tracker: tracker.sharing,
      random,
      allowed: new NetworkSet(config.allowNetwork),
      times: {
        smallFlushMs: config.shareDelaySmallMs,
        flushMs: config.shareDelayMs,
        censusMs: config.censusMs,
        syncPauseMs: SYNC_PAUSE_MS,
      },
      maxPartners: config.maxPartners,
      maxPeersPerTorrent: config.maxSharedPeers,
    });
    this.#restore();
    this.#catchUpUntil = clock.now() + MAX_CATCH_UP_MS;
    tracker.isCatchingUp = this.sharing.partners.size > 0;
    const client = new NodeClient({ guard, signer, clock, random });
    const save = every({
      intervalMs: SAVE_INTERVAL_MS,
      random,
      task: () => {
        this.#noteCaughtUp();
        this.#save();
      },
      // That the database cannot be written is said once, by the store.
      onError: (error) => store.isWritable && log.error({ err: error }, 'remembering co-carriers failed'),
    });
    const polls = startCarrierPolls({
      client: new SupernodeClient({ guard, signer, clock, random }),
      supernodes: parts.supernodes,
      learner: this,
      clock,
      random,
      log,
    });
    this.#jobs = [polls, startSharing({ sharing: this.sharing, client, clock, random, log }), save];
  }

  /** Opens node records, as far as they are news, and returns their authors; undefined for those that do not hold. */
  introduce(records: readonly Uint8Array[], now: number): Promise<(Id | undefined)[]> {
    return this.#open(records, now, isAnybody, () => pause(RECORDS_PAUSE_MS));
  }

  /** Takes over what a plant call says about who carries what, and of no other nodes; remembered when it resolves. */
  async learn(
    records: readonly Uint8Array[],
    allocations: readonly { readonly infoHash: InfoHash; readonly nodes: readonly Id[] }[],
    now: number,
  ): Promise<void> {
    const wanted = new Set(allocations.flatMap(({ nodes }) => nodes));
    if (wanted.size === 0) return;
    await this.#open(records, now, (id) => wanted.has(id), nextTurn);
    for (const { infoHash, nodes } of allocations) this.sharing.coCarriers.learnAllocated(infoHash, nodes, now);
    this.#save();
  }

  learnWitnessed(supernode: Id, infoHash: InfoHash, nodes: readonly Id[], now: number): void {
    this.sharing.coCarriers.learnWitnessed(supernode, infoHash, nodes, now);
  }

  forgetWitness(supernode: Id): void {
    this.sharing.forgetWitness(supernode);
  }

  /** Drops everything that came from a node, and takes nothing from it from then on, after a restart neither. */
  forgetOrigin(id: Id): void {
    this.#remember(id, true);
    this.sharing.forgetOrigin(id);
  }

  /** Takes back `forgetOrigin`. */
  allowOrigin(id: Id): void {
    this.#remember(id, false);
    this.sharing.allowOrigin(id, this.#parts.clock.now());
  }

  /** Close the guard too: that ends the calls that are waited for here. */
  async stop(): Promise<void> {
    await Promise.all(this.#jobs.map((job) => job.stop()));
    this.#save();
  }

  /** Remembers those that are wanted, and rests now and then. */
  async #open(
    records: readonly Uint8Array[],
    now: number,
    isWanted: (author: Id) => boolean,
    rest: () => Promise<unknown>,
  ): Promise<(Id | undefined)[]> {
    const authors: (Id | undefined)[] = [];
    let opened = 0;
    for (const bytes of records) {
      const known = this.sharing.partners.authorOf(bytes);
      authors.push(known ?? this.#meet(bytes, now, isWanted));
      if (known === undefined && ++opened % RECORDS_PER_TURN === 0) await rest();
    }
    return authors;
  }

  #meet(bytes: Uint8Array, now: number, isWanted: (author: Id) => boolean): Id | undefined {
    try {
      const opened = nodeRecord.open(bytes, now);
      const { author } = opened.record;
      if (isWanted(author) && this.sharing.partners.meet(opened)) this.#unsaved.add(author);
      return author;
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      this.#parts.log.debug({ err: error }, 'was shown a node record that does not hold');
      return undefined;
    }
  }

  #remember(id: Id, isMuted: boolean): void {
    const { store } = this.#parts;
    store.transact(() => store.coCarriers.setMuted(id, isMuted));
  }

  #restore(): void {
    const { store, clock } = this.#parts;
    const { coCarriers } = store;
    const now = clock.now();
    store.transact(() => coCarriers.tidy());
    for (const id of coCarriers.muted()) this.sharing.forgetOrigin(id);
    for (const { record } of coCarriers.nodes()) this.#meet(record, now, isAnybody);
    this.sharing.coCarriers.restore(coCarriers.pairs(), now);
    this.#unsaved.clear();
  }

  #noteCaughtUp(): void {
    const { tracker, clock } = this.#parts;
    const isSynced = this.sharing.stats.unsynced === 0;
    const leftMs = this.#catchUpUntil - clock.now();
    if (isSynced || leftMs <= 0 || leftMs > MAX_CATCH_UP_MS) tracker.isCatchingUp = false;
  }

  #save(): void {
    const changes = this.sharing.coCarriers.takeChanges();
    if (changes.length === 0 && this.#unsaved.size === 0) return;
    try {
      this.#parts.store.transact(() => this.#write(changes));
      this.#unsaved.clear();
    } catch (error) {
      this.sharing.coCarriers.putBack(changes);
      throw error;
    }
  }

  /** Of records only those of partners, of whom there is a bounded number. */
  #write(changes: readonly LinkChange[]): void {
    const { coCarriers } = this.#parts.store;
    const { partners } = this.sharing;
    const nodes = new Set(this.#unsaved);
    for (const change of changes) {
      if (change.isLinked) coCarriers.add(change);
      else coCarriers.remove(change);
      if (change.isLinked) nodes.add(change.node);
    }
    for (const id of nodes) {
      const known = partners.get(id) === undefined ? undefined : partners.known(id);
      if (known !== undefined) coCarriers.putNode({ id, record: known.record });
    }
  }
}

function isAnybody(): boolean {
  return true;
}
