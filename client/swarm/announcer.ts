// Announces a transfer to its trackers (BEP 3, 12): in each tier to the first that answers, again when its interval is over,
// sooner while peers are lacking. When a whole tier fails it says so, and tries again after a while.

import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressPolicy } from '../../shared/http/address-policy.ts';
import type { CompactPeer } from '../../shared/protocol/tracker/compact-peers.ts';
import { type Announced, type Announcing, TrackerSession } from './tracker-session.ts';

/** Trackers of which one is enough. */
export interface Tier {
  readonly urls: readonly string[];
  /** Those of them that are only a stranger's word must be at addresses that `policy` allows. */
  readonly strangers?: { readonly urls: ReadonlySet<string>; readonly policy: AddressPolicy };
}

export interface AnnouncerOptions extends Announcing {
  readonly isComplete: () => boolean;
  /** Whether more peers would help. */
  readonly wantsPeers: () => boolean;
  readonly onPeers: (peers: readonly CompactPeer[], tracker: string) => void;
  readonly onFailure: (tracker: string, reason: string) => void;
  /** Every tracker of every tier failed in its last round; other tiers may be set. */
  readonly onAllFailed: () => void;
  /** Waits of FIRST_RETRY_MS and more are multiplied by this; 1 but in tests. */
  readonly patience?: number;
}

const FIRST_RETRY_MS = 5000;
const MAX_RETRY_MS = 300_000;
/** While peers are lacking, at most this often. */
const HUNGRY_SECONDS = 60;

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #sessions = new Map<string, TrackerSession>();
  #tiers: readonly Tier[] = [];
  /** Tiers in whose last round nobody answered. */
  readonly #failing = new Set<Tier>();
  #round = new AbortController();
  /** Set off to announce at once. */
  #nudge = new AbortController();
  #isStopped = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Begins, or goes on with other trackers; those that are in both are not told that anything began anew. */
  setTiers(tiers: readonly Tier[]): void {
    if (this.#isStopped) return;
    this.#round.abort();
    this.#round = new AbortController();
    this.#tiers = tiers.filter(({ urls }) => urls.length > 0);
    this.#failing.clear();
    const { signal } = this.#round;
    for (const tier of this.#tiers) void this.#serve(tier, signal);
  }

  /** Announces everywhere at once: something has changed that trackers should know. */
  announceNow(): void {
    this.#nudge.abort();
    this.#nudge = new AbortController();
  }

  /** Tells every tracker that knows of us that it is over. Never throws. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#round.abort();
    await Promise.all([...this.#sessions.values()].map((session) => session.stop()));
  }

  async #serve(tier: Tier, signal: AbortSignal): Promise<void> {
    const { isComplete } = this.#options;
    let order = [...tier.urls];
    for (let failures = 0; !signal.aborted; ) {
      const wasComplete = isComplete();
      const { answered, announced } = await this.#askTier(tier, order, signal);
      if (signal.aborted) return;
      if (answered !== undefined) order = [answered, ...order.filter((url) => url !== answered)];
      failures = answered === undefined ? failures + 1 : 0;
      this.#note(tier, answered === undefined);
      // Trackers shall know as soon as it is.
      if (!wasComplete && isComplete()) continue;
      await this.#wait(announced === undefined ? retryMs(failures) : this.#pauseMs(announced), signal);
    }
  }

  /** The first that answers; when it has no peers although they are wanted, the others are asked as well. */
  async #askTier(tier: Tier, order: readonly string[], signal: AbortSignal) {
    const { isComplete, wantsPeers, onPeers, onFailure } = this.#options;
    let answered: string | undefined;
    let announced: Announced | undefined;
    for (const url of order) {
      if (signal.aborted) break;
      try {
        const reply = await this.#session(url, tier).announce(isComplete());
        if (signal.aborted) break;
        answered ??= url;
        announced ??= reply;
        onPeers(reply.peers, url);
        if (reply.peers.length > 0 || !wantsPeers()) break;
      } catch (error) {
        if (signal.aborted) break;
        onFailure(url, error instanceof Error ? error.message : String(error));
      }
    }
    return { answered, announced };
  }

  #note(tier: Tier, isFailing: boolean): void {
    if (isFailing) this.#failing.add(tier);
    else this.#failing.delete(tier);
    if (isFailing && this.#tiers.every((other) => this.#failing.has(other))) this.#options.onAllFailed();
  }

  #pauseMs({ intervalSeconds, minIntervalSeconds }: Announced): number {
    if (!this.#options.wantsPeers()) return intervalSeconds * 1000;
    return Math.min(intervalSeconds, Math.max(minIntervalSeconds, HUNGRY_SECONDS)) * 1000;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { patience = 1 } = this.#options;
    const woken = AbortSignal.any([signal, this.#nudge.signal]);
    // Woken early is as good as waited.
    await sleep(ms * patience, undefined, { signal: woken }).catch(() => undefined);
  }

  #session(url: string, { strangers }: Tier): TrackerSession {
    const known = this.#sessions.get(url);
    if (known !== undefined) return known;
    const policy = strangers?.urls.has(url) === true ? strangers.policy : undefined;
    const session = new TrackerSession(url, this.#options, policy);
    this.#sessions.set(url, session);
    return session;
  }
}

function retryMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}
