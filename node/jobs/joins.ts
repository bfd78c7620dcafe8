// Joins supernodes, those that the operator names and those that they introduce, again and again, and knows at any
// moment whose allocations count.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { NamedSupernode } from '../../shared/network/named-supernode.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { JoinAnswer } from '../../shared/protocol/messages/directory-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { supernodeRecord } from '../../shared/protocol/records/statements.ts';
import type { JoinedSupernode, Supernodes } from '../store/supernodes.ts';
import { JoinPace } from './join-pace.ts';
import { type SelfPaced, startSelfPaced } from './self-paced.ts';

export interface JoinsOptions {
  /** Those that the operator names. */
  readonly configured: readonly NamedSupernode[];
  /** Where others may be found: the domains that the operator names, and the DHT. */
  readonly origins?: readonly string[];
  readonly maxSupernodes: number;
  readonly client: Pick<SupernodeClient, 'ping' | 'join'>;
  readonly store: Supernodes;
  readonly ownRecord: () => Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Pauses after the first, second... failure in a row, in ms; see JoinPace. */
  readonly retryPausesMs?: readonly number[];
}

/** A supernode to join. */
interface Target {
  readonly url: string;
  /** Only who holds this key is joined there; undefined: whoever answers. */
  readonly id: Id | undefined;
  /** The configured URL whose supernode introduced it, or its own, or the origin where it was found. */
  readonly learnedFrom: string;
  readonly pace: JoinPace;
}

interface Pursuit {
  readonly target: Target;
  readonly loop: SelfPaced;
}

/** After so many failures in a row a supernode that was never joined is given up, and one that was makes room for another. */
const MAX_FAILURES = 5;
/** A node that goes waits no longer than this for supernodes to hear of it. */
const TELL_TIMEOUT_MS = 2000;
/** A supernode that has not accepted a join for so long counts no more. */
const FORGET_AFTER_MS = 7 * 86_400_000;
/** Joined supernodes that count, those included that others have taken the places of, for each that may be joined. */
const JOINED_PER_PLACE = 2;

export class Joins {
  /** Settles when every supernode that the operator names has been tried once. */
  readonly firstAttempt: Promise<void>;
  readonly #options: JoinsOptions;
  /** By base URL. */
  readonly #pursuits = new Map<string, Pursuit>();
  readonly #configuredUrls: ReadonlySet<string>;
  /** Loops that were ended to make room, until they have. */
  readonly #ending = new Set<Promise<void>>();
  readonly #joined = new Map<Id, JoinedSupernode>();
  #isStopping = false;

  /** Remembers who was joined before, and begins to join at once. */
  constructor(options: JoinsOptions) {
    this.#options = options;
    this.#configuredUrls = new Set(options.configured.map(({ url }) => url));
    this.#restore();
    for (const { url, id } of options.configured) this.#pursue(url, id, url);
    const loops = [...this.#pursuits.values()].map(({ loop }) => loop);
    this.firstAttempt = Promise.all(loops.map(({ firstRun }) => firstRun)).then(() => undefined);
    for (const { id, url, learnedFrom } of this.#joined.values()) this.#pursue(url, id, learnedFrom);
  }

  /** A supernode was found at one of the origins: joins it, unless it does already. */
  find({ url, id }: NamedSupernode, origin: string): void {
    const isJoined = id !== undefined && this.#isPursued(id);
    if (!isJoined) this.#pursue(url, id, origin);
  }

  /** Whether this supernode's allocations count. */
  hasJoined(id: Id): boolean {
    const joined = this.#joined.get(id);
    return joined !== undefined && this.#isFresh(joined);
  }

  /** Supernodes whose allocations count. */
  get joined(): JoinedSupernode[] {
    return [...this.#joined.values()].filter((joined) => this.#isFresh(joined));
  }

  get joinedCount(): number {
    return this.joined.length;
  }

  /** Tells every supernode joined what the node's own record says now; settles when each has heard it or does not answer. */
  async tellAll(): Promise<void> {
    const { client, ownRecord, log } = this.#options;
    const record = ownRecord();
    const tell = async ({ id, url }: JoinedSupernode): Promise<void> => {
      try {
        await client.join(url, id, { record }, { timeoutMs: TELL_TIMEOUT_MS });
      } catch (error) {
        log.warn({ supernode: url, err: error }, 'supernode could not be told of a new state');
      }
    };
    await Promise.all([...this.#joined.values()].map(tell));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const loops = [...this.#pursuits.values()].map(({ loop }) => loop);
    await Promise.all([...loops.map((loop) => loop.stop()), ...this.#ending]);
  }

  /** Who is no longer named by the operator, nor introduced by somebody who is, is forgotten. */
  #restore(): void {
    const { store, origins = [] } = this.#options;
    for (const joined of store.all()) {
      const isKnown = this.#configuredUrls.has(joined.learnedFrom) || origins.includes(joined.learnedFrom);
      if (isKnown && this.#isFresh(joined)) this.#joined.set(joined.id, joined);
      else store.delete(joined.id);
    }
  }

  #isFresh({ joinedAt }: JoinedSupernode): boolean {
    return this.#options.clock.now() < joinedAt + FORGET_AFTER_MS;
  }

  /** Whether a loop goes on for the supernode of this id, at whichever URL. */
  #isPursued(id: Id): boolean {
    const joined = this.#joined.get(id);
    return joined !== undefined && this.#pursuits.has(joined.url);
  }

  #pursue(url: string, id: Id | undefined, learnedFrom: string): void {
    if (this.#isStopping || this.#pursuits.has(url) || !this.#hasRoom()) return;
    const { random, retryPausesMs } = this.#options;
    const target: Target = { url, id, learnedFrom, pace: new JoinPace(random, retryPausesMs) };
    this.#pursuits.set(url, { target, loop: startSelfPaced((signal) => this.#attempt(target, signal)) });
  }

  /** Makes some, if need be, by ending the pursuit of one that has been silent for long; those configured stay. */
  #hasRoom(): boolean {
    if (this.#pursuits.size < this.#options.maxSupernodes) return true;
    for (const [url, { target, loop }] of this.#pursuits) {
      if (this.#configuredUrls.has(url) || target.pace.failures < MAX_FAILURES) continue;
      this.#pursuits.delete(url);
      const ended = loop.stop().then(() => void this.#ending.delete(ended));
      this.#ending.add(ended);
      return true;
    }
    return false;
  }

  /** One try; returns the pause until the next, undefined for a target to give up. */
  async #attempt(target: Target, signal: AbortSignal): Promise<number | undefined> {
    const { client, ownRecord } = this.#options;
    try {
      const { id } = await client.ping(target.url, target.id, { signal });
      const answer = await client.join(target.url, id, { record: ownRecord() });
      return signal.aborted ? undefined : this.#take(target, id, answer);
    } catch (error) {
      return signal.aborted ? undefined : this.#fail(target, error);
    }
  }

  #take(target: Target, id: Id, answer: JoinAnswer): number {
    const { log } = this.#options;
    const { url } = target;
    if (answer.status === 'accepted') this.#remember(target, id);
    else
      log.warn({ supernode: url, status: answer.status, reason: answer.reason }, 'supernode did not accept the join');
    for (const record of answer.supernodes) this.#meet(record, target.learnedFrom);
    return target.pace.afterAnswer(answer.retrySeconds);
  }

  #remember({ url, learnedFrom }: Target, id: Id): void {
    const { store, clock, log, maxSupernodes } = this.#options;
    if (!this.#joined.has(id)) log.info({ supernode: url, id }, 'joined a supernode');
    // A supernode that came back with another key replaces the one it was.
    for (const other of this.#joined.values()) if (other.url === url && other.id !== id) this.#forget(other.id);
    const joined = { id, url, learnedFrom, joinedAt: clock.now() };
    this.#joined.set(id, joined);
    this.#keep(() => store.put(joined));
    const surplus = Math.max(0, this.#joined.size - JOINED_PER_PLACE * maxSupernodes);
    const firstJoined = [...this.#joined.values()].sort((one, other) => one.joinedAt - other.joinedAt);
    for (const { id: longGone } of firstJoined.slice(0, surplus)) this.#forget(longGone);
  }

  /** Joins a supernode that another one introduced, unless it is known by another of its URLs. */
  #meet(record: Uint8Array, learnedFrom: string): void {
    try {
      const { record: signed, value } = supernodeRecord.open(record, this.#options.clock.now());
      const isKnown = this.#isPursued(signed.author) || value.urls.some((url) => this.#pursuits.has(url));
      if (value.state === 'open' && !isKnown) this.#pursue(value.urls[0]!, signed.author, learnedFrom);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'was shown a supernode record that does not hold');
    }
  }

  /** Who was found or introduced, and is gone for long, makes room; who was configured is tried for ever. */
  #fail(target: Target, error: unknown): number | undefined {
    const { log } = this.#options;
    const { url, pace, id } = target;
    const level = pace.failures === 0 ? 'warn' : 'debug';
    log[level]({ supernode: url, err: error }, 'joining a supernode failed');
    if (pace.failures >= MAX_FAILURES && !this.#configuredUrls.has(url) && !this.#hasJoinedAt(target)) {
      this.#pursuits.delete(url);
      if (id !== undefined) this.#forget(id);
      return undefined;
    }
    return pace.afterFailure();
  }

  #hasJoinedAt({ url, id }: Target): boolean {
    return id === undefined ? this.joined.some((joined) => joined.url === url) : this.hasJoined(id);
  }

  #forget(id: Id): void {
    this.#joined.delete(id);
    this.#keep(() => this.#options.store.delete(id));
  }

  /** What the disk does not take holds until the next start all the same. */
  #keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a joined supernode could not be remembered');
    }
  }
}
