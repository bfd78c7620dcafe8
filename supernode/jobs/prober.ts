// Pings every node and supernode that is known, so that clients are sent only where somebody answers. A node that is
// silent here but has answered another supernode still answers.

import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { Pong } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Directory } from '../directory/directory.ts';
import { type MemberEntry, openMember } from '../directory/entry.ts';
import { probeDelayMs } from '../directory/liveness.ts';
import type { LocalHealth } from '../directory/local-health.ts';
import { type Member, primaryUrl } from '../directory/registry.ts';
import { watchIntervalMs } from '../directory/watching.ts';
import type { Ledger } from '../store/ledger.ts';
import type { CataloguePuller } from './catalogue-puller.ts';
import type { IndirectProbe } from './indirect-probe.ts';
import { type Pingers, ping, pingAnywhere, type Reached } from './member-ping.ts';
import type { Newcomers } from './newcomers.ts';

export interface ProberOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly catalogues: Pick<CataloguePuller, 'heard'>;
  /** Told how each ping of a node ended. */
  readonly health: Pick<LocalHealth, 'note'>;
  readonly indirect: Pick<IndirectProbe, 'ask'>;
  /** Members that have moved are asked at their new place first. */
  readonly newcomers: Pick<Newcomers, 'screen'>;
  readonly clients: Pingers;
  readonly probeIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Pings under way at once, of members that answered the last one and of all others: who keeps silent delays no one who answers. */
export const MAX_PROBES = { up: 256, doubtful: 64 } as const;
type Lane = keyof typeof MAX_PROBES;
/** A node that takes longer keeps clients waiting as well. */
const PROBE_TIMEOUT_MS = 3000;
const LOOK_EVERY_MS = 100;
const UINT32_RANGE = 2 ** 32;
/** One ping in so many goes to a member's first URL although it answers at another: it may be back there. */
const PINGS_PER_LOOK_HOME = 16;

export class Prober {
  readonly #options: ProberOptions;
  readonly #probes: Record<Lane, Map<Id, Promise<void>>> = { up: new Map(), doubtful: new Map() };
  readonly #stopping = new AbortController();
  readonly #looking: Repetition;

  /** Starts at once. */
  constructor(options: ProberOptions) {
    this.#options = options;
    const onError = (error: unknown): void => options.log.error({ err: error }, 'probing failed');
    const task = (): void => this.#look();
    this.#looking = every({ intervalMs: LOOK_EVERY_MS, random: options.random, task, onError, startNow: true });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking.stop();
    await Promise.all([...this.#probes.up.values(), ...this.#probes.doubtful.values()]);
  }

  #look(): void {
    const { directory, clock } = this.#options;
    const now = clock.now();
    const waiting: Record<Lane, Member[]> = { up: [], doubtful: [] };
    for (const registry of [directory.nodes, directory.supernodes]) {
      for (const member of registry.due(now)) {
        const { author } = member.entry;
        const isUnderWay = this.#probes.up.has(author) || this.#probes.doubtful.has(author);
        if (!isUnderWay) waiting[member.liveness.state === 'up' ? 'up' : 'doubtful'].push(member);
      }
    }
    this.#startSome(waiting.up, 'up');
    this.#startSome(waiting.doubtful, 'doubtful');
  }

  /** Those that have waited longest, as many as may be under way. */
  #startSome(members: Member[], lane: Lane): void {
    const underWay = this.#probes[lane];
    const room = MAX_PROBES[lane] - underWay.size;
    if (room > 0 && members.length > room) members.sort((a, b) => a.probeAt - b.probeAt);
    for (const member of members.slice(0, room)) this.#start(member, underWay);
  }

  #start(member: Member, underWay: Map<Id, Promise<void>>): void {
    const { entry } = member;
    const probe = this.#probe(member)
      .catch((error: unknown) => this.#options.log.error({ err: error, id: entry.author }, 'probe failed'))
      .finally(() => underWay.delete(entry.author));
    underWay.set(entry.author, probe);
  }

  async #probe(member: Member): Promise<void> {
    const { directory, health, clock, log } = this.#options;
    const { entry } = member;
    const isSelf = entry.author === this.#options.self;
    const own = isSelf ? undefined : await this.#ping(member);
    if (this.#stopping.signal.aborted) return;
    if (entry.type === 'node') health.note(entry.author, own !== undefined, clock.now());
    // What others say takes seconds, in which clients had better go elsewhere.
    if (own === undefined && !isSelf) directory.noteMiss(entry);
    const pong = own?.pong ?? (entry.type === 'node' ? await this.#askOthers(entry) : undefined);
    if (this.#stopping.signal.aborted) return;
    const before = directory.member(entry)?.liveness.state;
    const isReached = isSelf || own !== undefined;
    const after = directory.note(entry, isReached || pong !== undefined, clock.now(), isReached)?.state;
    if (after !== before) log.info({ id: entry.author, before, after }, `${entry.type} is ${after}`);
    if (own !== undefined && directory.isAtHome(entry)) directory.settle(entry, own.url);
    this.#schedule(entry);
    if (pong !== undefined) await this.#learn(entry, pong, own !== undefined);
  }

  /** One that is down is called at one URL at a time: what answered there once may be somebody else's by now. */
  async #ping({ entry, url, liveness }: Member): Promise<Reached | undefined> {
    const { clients, random, log } = this.#options;
    const { urls } = entry.statement;
    const options = { timeoutMs: PROBE_TIMEOUT_MS, signal: this.#stopping.signal };
    const chance = random.uint32();
    try {
      if (liveness.state === 'down') return await ping(clients, entry, urls[chance % urls.length]!, options);
      const isLookHome = chance % PINGS_PER_LOOK_HOME === 0;
      return await pingAnywhere(clients, entry, isLookHome ? primaryUrl(entry) : url, options);
    } catch (error) {
      log.debug({ err: error, id: entry.author }, 'ping not answered');
      return undefined;
    }
  }

  #askOthers({ author }: MemberEntry): Promise<Pong | undefined> {
    const isFresh = this.#options.directory.nodes.get(author)?.liveness.state !== 'down';
    return this.#options.indirect.ask(author, isFresh, this.#stopping.signal);
  }

  /** What a pong tells besides life: a newer record, another catalogue. */
  async #learn(entry: MemberEntry, pong: Pong, isReached: boolean): Promise<void> {
    const { directory, ledger, newcomers, catalogues, clock } = this.#options;
    const held = directory.member(entry);
    if (held === undefined) return;
    if (entry.type === 'node' && pong.catalogue !== undefined)
      catalogues.heard(entry.author, pong.catalogue, isReached);
    if (Buffer.compare(pong.record, held.entry.bytes) !== 0) {
      const told = openMember(pong.record, clock.now());
      if (newcomers.screen(told, 'moved')) await ledger.offer([told]);
    }
  }

  #schedule(entry: MemberEntry): void {
    const { directory, clock, random } = this.#options;
    const member = directory.member(entry);
    if (member === undefined) return;
    const now = clock.now();
    const chance = random.uint32() / UINT32_RANGE;
    directory.schedule(entry, now + probeDelayMs(member.liveness, this.#intervalMs(entry, now), now, chance));
  }

  #intervalMs({ type, author }: MemberEntry, now: number): number {
    const { self, directory, probeIntervalMs } = this.#options;
    // Supernodes are few, and who follows whom depends on all of them.
    if (type === 'supernode') return probeIntervalMs;
    const supernodes = directory.supernodes.trusted(now).map(({ entry }) => entry.author);
    return watchIntervalMs(author, self, supernodes, probeIntervalMs);
  }
}
