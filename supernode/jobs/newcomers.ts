// Lets those in who are told of by others: everybody who is not known where he says to be is asked there first.

import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Admissions } from '../directory/admission.ts';
import type { Directory } from '../directory/directory.ts';
import type { MemberEntry } from '../directory/entry.ts';
import { hostOf } from '../directory/prefixes.ts';
import { primaryUrl } from '../directory/registry.ts';
import type { Visits } from '../directory/visits.ts';
import { MAX_TRIES, type Source, type Waiting, type WaitingRoom } from '../directory/waiting-room.ts';
import type { Ledger } from '../store/ledger.ts';
import type { IndirectProbe } from './indirect-probe.ts';
import type { MemberCheck } from './member-check.ts';

export interface NewcomersOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly ledger: Pick<Ledger, 'offer'>;
  readonly room: WaitingRoom;
  readonly visits: Pick<Visits, 'placeOf'>;
  readonly admissions: Admissions;
  /** Networks whose members never wait for the crowd. */
  readonly unhurried: Pick<NetworkSet, 'has'>;
  readonly check: MemberCheck;
  readonly indirect: Pick<IndirectProbe, 'vouch'>;
  /** The supernodes that are followed. */
  readonly witnesses: () => readonly Id[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const LOOK_EVERY_MS = 100;
/** When a member could not be let in, since the database was out of reach. */
const TRY_AGAIN_MS = 10_000;
/** A member that so many of those followed have let in need not wait for the crowd in its network once more. */
const TELLERS_NEEDED = 2;

export class Newcomers {
  readonly #options: NewcomersOptions;
  readonly #asked = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #looking: Repetition;

  /** Starts at once. */
  constructor(options: NewcomersOptions) {
    this.#options = options;
    const onError = (error: unknown): void => options.log.error({ err: error }, 'newcomers are not asked');
    const task = (): void => this.#look();
    this.#looking = every({ intervalMs: LOOK_EVERY_MS, random: options.random, task, onError });
  }

  /** How many more records of this source would find room. */
  roomFor(source: Source): number {
    return this.#options.room.roomFor(source);
  }

  /** Whether the directory may take the record as it is: of a member known there. Every other one that says something new waits. */
  screen(entry: MemberEntry, source: Source): boolean {
    const { self, directory, room, clock } = this.#options;
    if (directory.isAtHome(entry)) return true;
    const { kind } = directory.judge(entry, clock.now());
    if (entry.author !== self && (kind === 'new' || kind === 'newer')) room.hold(entry, source, clock.now());
    return false;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking.stop();
    await Promise.all(this.#asked);
  }

  #look(): void {
    const { room, clock, log } = this.#options;
    for (let waiting = room.next(clock.now()); waiting !== undefined; waiting = room.next(clock.now())) {
      const { author } = waiting.entry;
      const asked = this.#ask(waiting)
        .catch((error: unknown) => {
          log.error({ err: error, id: author }, 'a newcomer was not let in');
          room.defer(waiting, clock.now() + TRY_AGAIN_MS);
        })
        .finally(() => {
          this.#asked.delete(asked);
          if (!this.#stopping.signal.aborted) this.#look();
        });
      this.#asked.add(asked);
    }
  }

  async #ask(waiting: Waiting): Promise<void> {
    const { directory, room, clock } = this.#options;
    const { entry } = waiting;
    const { kind } = directory.judge(entry, clock.now());
    if (directory.isAtHome(entry) || kind === 'known' || kind === 'older') return room.leave(waiting);
    const url = await this.#findUrl(waiting);
    if (this.#stopping.signal.aborted) return;
    if (url === undefined) return room.miss(waiting, clock.now());
    const restMs = this.#restMs(waiting);
    if (restMs > 0) return room.defer(waiting, clock.now() + restMs);
    await this.#letIn(entry, url);
    room.leave(waiting);
  }

  /** Where the member is to be called; `null` where only others reach it, undefined when nobody does. */
  async #findUrl({ entry, tries }: Waiting): Promise<string | null | undefined> {
    const { check, indirect, log } = this.#options;
    const { signal } = this.#stopping;
    try {
      return await check(entry, signal);
    } catch (error) {
      log.debug({ err: error, id: entry.author }, 'somebody whom others know does not answer');
      const isLast = tries + 1 === MAX_TRIES;
      return entry.type === 'node' && isLast && (await indirect.vouch(entry, signal)) ? null : undefined;
    }
  }

  /** Ms that the member has to wait yet because many came from its network. */
  #restMs({ entry, since }: Waiting): number {
    const { directory, room, admissions, unhurried, witnesses, clock } = this.#options;
    if (directory.member(entry) !== undefined) return 0;
    const tellersNeeded = Math.min(TELLERS_NEEDED, witnesses().length);
    const place = this.#placeOf(entry);
    if (room.tellersOf(entry) >= tellersNeeded || unhurried.has(place)) return 0;
    return admissions[entry.type].restMs(place, since, clock.now());
  }

  async #letIn(entry: MemberEntry, url: string | null): Promise<void> {
    const { directory, ledger, admissions, clock, log } = this.#options;
    const isNew = directory.member(entry) === undefined;
    const [verdict] = await ledger.offer([entry]);
    if (verdict?.kind !== 'new' && verdict?.kind !== 'newer') return;
    directory.note(entry, true, clock.now(), url !== null);
    if (url !== null) directory.settle(entry, url);
    if (isNew) admissions[entry.type].admit(entry.author, this.#placeOf(entry), clock.now());
    log.info({ id: entry.author, isReached: url !== null }, `a ${entry.type} that others know is let in`);
  }

  #placeOf(entry: MemberEntry): string {
    return this.#options.visits.placeOf(hostOf(primaryUrl(entry)));
  }
}
