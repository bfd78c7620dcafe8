// POST /v2/join: a node or supernode makes itself known. Nobody is believed before it has answered where it says it is.

import { isIP } from 'node:net';
import { PublicError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import { type JoinAnswer, MAX_INTRODUCED } from '../../shared/protocol/messages/directory-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Admissions } from '../directory/admission.ts';
import { type AttemptLimits, Attempts } from '../directory/attempts.ts';
import type { Directory } from '../directory/directory.ts';
import { type MemberEntry, openMember } from '../directory/entry.ts';
import { isTrusted } from '../directory/liveness.ts';
import { hostOf, prefixesOf } from '../directory/prefixes.ts';
import { primaryUrl } from '../directory/registry.ts';
import type { Visits } from '../directory/visits.ts';
import type { Ledger } from '../store/ledger.ts';

export interface JoinsOptions {
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly admissions: Admissions;
  /** How often callers may have others called. */
  readonly visits: Pick<Visits, 'take'>;
  /** Networks whose members never wait: those that the operator allows to be called although they are not public. */
  readonly unhurried: Pick<NetworkSet, 'has'>;
  /** Says where the member answers; rejects with the reason when it does not where its record says. */
  readonly check: (entry: MemberEntry) => Promise<string>;
}

/** Joins that need a check, per address. */
const JOIN_ATTEMPTS: AttemptLimits = { burst: 60, perMinute: 60, maxNetworks: 10_000 };
/** Checks under way at once. */
const MAX_JOIN_CHECKS = 32;
/** Members join again after this time, so that a supernode that lost its database knows them soon. */
const REJOIN_SECONDS = 300;
const BUSY_RETRY_SECONDS = 5;
const FAILED_RETRY_SECONDS = 30;
const FULL_RETRY_SECONDS = 3600;
const MAX_REASON_CHARACTERS = 150;

export class Joins {
  readonly #options: JoinsOptions;
  readonly #attempts = new Attempts(JOIN_ATTEMPTS);
  #underWay = 0;

  constructor(options: JoinsOptions) {
    this.#options = options;
  }

  /** `author` signed the call and must have signed the record; `address` is where the call came from. */
  async join(author: Id, record: Uint8Array, address: string): Promise<JoinAnswer> {
    const { admissions, clock } = this.#options;
    const entry = openMember(record, clock.now());
    const admission = admissions[entry.type];
    if (entry.author !== author) throw new PublicError('author', 'a member joins with a record of its own');
    const place = this.#newcomersPlace(entry, address);
    const waitMs = place === undefined ? 0 : admission.waitMs(author, place, clock.now());
    if (waitMs > 0) return this.#answer('wait', Math.ceil(waitMs / 1000), 'many have come from this network lately');
    const checked = this.#isTrustedThere(entry)
      ? undefined
      : (this.#objection(entry, address) ?? (await this.#check(entry)));
    if (typeof checked === 'object') return checked;
    const answer = await this.#accept(entry, checked);
    if (place !== undefined && answer.status === 'accepted') admission.admit(author, place, clock.now());
    return answer;
  }

  /** Where a member that is not known yet is; undefined for those that need not wait. */
  #newcomersPlace(entry: MemberEntry, address: string): string | undefined {
    const { directory, unhurried } = this.#options;
    if (directory.member(entry) !== undefined) return undefined;
    const host = hostOf(primaryUrl(entry));
    // A name tells nothing: anybody has as many as they like.
    const place = isIP(host) === 0 ? address : host;
    return unhurried.has(place) ? undefined : place;
  }

  /** Whether pings have proved already what a check would prove. */
  #isTrustedThere(entry: MemberEntry): boolean {
    const { directory, clock } = this.#options;
    const member = directory.member(entry);
    return member !== undefined && isTrusted(member.liveness, clock.now()) && directory.isAtHome(entry);
  }

  /** Why the member is not called now where it says it is. */
  #objection(entry: MemberEntry, address: string): JoinAnswer | undefined {
    const { visits, clock } = this.#options;
    const now = clock.now();
    const waitSeconds = this.#attempts.take(address, now);
    if (waitSeconds > 0) return this.#answer('wait', waitSeconds, 'too many attempts from this address');
    if (this.#underWay >= MAX_JOIN_CHECKS) return this.#answer('wait', BUSY_RETRY_SECONDS, 'too many joins at once');
    for (const url of entry.statement.urls) {
      const visitSeconds = visits.take(prefixesOf(address).narrow, hostOf(url), now);
      if (visitSeconds > 0) return this.#answer('wait', visitSeconds, `${url} was called too often lately`);
    }
    return undefined;
  }

  /** Where the member answers, or the refusal of one that is not where it says it is. */
  async #check(entry: MemberEntry): Promise<string | JoinAnswer> {
    this.#underWay++;
    try {
      return await this.#options.check(entry);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return this.#answer('refused', FAILED_RETRY_SECONDS, reason);
    } finally {
      this.#underWay--;
    }
  }

  /** `url`: where it has answered just now; undefined when pings have proved it before. */
  async #accept(entry: MemberEntry, url: string | undefined): Promise<JoinAnswer> {
    const { directory, ledger, clock } = this.#options;
    const [verdict] = await ledger.offer([entry]);
    if (verdict?.kind === 'refused') return this.#answer('refused', FULL_RETRY_SECONDS, 'no room for another member');
    if (url !== undefined && directory.isAtHome(entry)) {
      directory.note(entry, true, clock.now());
      directory.settle(entry, url);
    }
    return this.#answer('accepted', REJOIN_SECONDS);
  }

  #answer(status: JoinAnswer['status'], retrySeconds: number, reason?: string): JoinAnswer {
    const { directory, clock } = this.#options;
    const supernodes = status === 'accepted' ? directory.supernodes.trusted(clock.now()).slice(0, MAX_INTRODUCED) : [];
    return {
      status,
      ...(reason === undefined ? {} : { reason: printable(reason) }),
      retrySeconds,
      supernodes: supernodes.map(({ entry }) => entry.bytes),
    };
  }
}

function printable(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_REASON_CHARACTERS);
}
