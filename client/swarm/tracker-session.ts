// One tracker during a transfer: announced to over both families, told once that it began, and that it is over.

import { setTimeout as sleep } from 'node:timers/promises';
import { PublicError } from '../../shared/errors.ts';
import { type AddressPolicy, addressRefusal } from '../../shared/http/address-policy.ts';
import type { Resolve } from '../../shared/http/resolve.ts';
import { isGlobalUnicast } from '../../shared/protocol/addresses/networks.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { CompactPeer } from '../../shared/protocol/tracker/compact-peers.ts';
import type { AnnounceReply } from '../../shared/protocol/tracker/tracker-calls.ts';
import {
  type AnnounceEvent,
  DEFAULT_NUMWANT,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import { type TrackerAddress, type TrackerClient, TrackerError } from '../tracker/tracker-client.ts';
import { hostOf, parseTrackerUrl } from '../tracker/tracker-url.ts';

/** What all sessions of a transfer have in common. */
export interface Announcing {
  readonly infoHash: InfoHash;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly key: number;
  /** Bytes, as of now. */
  readonly progress: () => { readonly uploaded: number; readonly downloaded: number; readonly left: number };
  readonly resolve: Resolve;
  /** Where peers may be that a tracker on the internet tells of. */
  readonly policy: () => AddressPolicy;
  readonly open: (url: URL, target: TrackerAddress) => TrackerClient;
}

/** What one announce brought. */
export interface Announced {
  readonly peers: readonly CompactPeer[];
  /** Until the next, unless there is need. */
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number;
}

interface Door {
  readonly client: TrackerClient;
  hasStarted: boolean;
  hasCompleted: boolean;
}

const DEFAULT_INTERVAL_SECONDS = 1800;
/** Goodbyes may take this long. */
const STOP_MS = 2000;
const SHORTEST_INTERVAL_SECONDS = 30;
/** Timers count to 25 days and fire at once beyond. */
const LONGEST_INTERVAL_SECONDS = 86_400;
/** Of one answer: more than any tracker gives when DEFAULT_NUMWANT are asked for. */
const MAX_PEERS = 500;

export class TrackerSession {
  readonly url: string;
  readonly #announcing: Announcing;
  readonly #policy: AddressPolicy | undefined;
  readonly #doors = new Map<string, Door>();
  #current: Promise<Announced> | undefined;
  #isStopped = false;

  /** With a policy the tracker must be at an address that it allows: for URLs that are a stranger's word. */
  constructor(url: string, announcing: Announcing, policy?: AddressPolicy) {
    this.url = url;
    this.#announcing = announcing;
    this.#policy = policy;
  }

  /** Rejects with an Error for the user when no address of the tracker takes the announce. One under way counts for all who ask. */
  announce(isComplete: boolean): Promise<Announced> {
    this.#current ??= this.#announce(isComplete).finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  /** Says goodbye where something was said before. Never throws. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const started = [...this.#doors.values()].filter(({ hasStarted }) => hasStarted);
    const goodbyes = started.map(({ client }) => client.announce(this.#call(EVENT_STOPPED)));
    await Promise.race([Promise.allSettled(goodbyes), sleep(STOP_MS, undefined, { ref: false })]);
    await Promise.allSettled([...this.#doors.values()].map(({ client }) => client.close()));
    this.#doors.clear();
  }

  async #announce(isComplete: boolean): Promise<Announced> {
    const targets = await this.#targets();
    if (this.#isStopped) throw new Error('stopped');
    const replies = await Promise.allSettled(targets.map((target) => this.#announceTo(target, isComplete)));
    const good = replies.flatMap((reply) => (reply.status === 'fulfilled' ? [reply.value] : []));
    if (good.length === 0) throw failureOf(replies);
    const longest = (of: (reply: AnnounceReply) => number | undefined) =>
      Math.min(LONGEST_INTERVAL_SECONDS, Math.max(...good.map((reply) => of(reply) ?? 0)));
    const minIntervalSeconds = Math.max(
      SHORTEST_INTERVAL_SECONDS,
      longest((reply) => reply.minIntervalSeconds),
    );
    const intervalSeconds = longest((reply) => reply.intervalSeconds) || DEFAULT_INTERVAL_SECONDS;
    return {
      peers: good.flatMap(({ peers }) => peers ?? []),
      intervalSeconds: Math.max(minIntervalSeconds, intervalSeconds),
      minIntervalSeconds,
    };
  }

  async #targets(): Promise<TrackerAddress[]> {
    const host = hostOf(parseTrackerUrl(this.url));
    const addresses = await this.#announcing.resolve(host);
    const refused = addresses.find(({ address }) => this.#policy?.allows(address) === false);
    if (refused !== undefined) throw addressRefusal(host, refused.address);
    const targets = ([4, 6] as const).flatMap((family): TrackerAddress[] => {
      const first = addresses.find((candidate) => candidate.family === family);
      return first === undefined ? [] : [{ address: first.address, family }];
    });
    if (targets.length === 0) throw new Error(`${host} has no address`);
    return targets;
  }

  async #announceTo(target: TrackerAddress, isComplete: boolean): Promise<AnnounceReply> {
    const door = this.#door(target);
    const reply = await door.client.announce(this.#call(eventOf(door, isComplete)));
    if (reply.kind === 'refused') throw new TrackerError('broken', `refused: ${reply.reason}`);
    // One that began complete has nothing to say about it.
    door.hasCompleted = isComplete;
    door.hasStarted = true;
    return { ...reply, peers: this.#callable(reply, target) };
  }

  /** On the internet nobody knows who is in our own networks: a tracker there would have us call whatever listens here. */
  #callable({ peers = [] }: AnnounceReply, { address: tracker }: TrackerAddress): CompactPeer[] {
    const policy = this.#announcing.policy();
    const callable = isGlobalUnicast(tracker) ? peers.filter(({ address }) => policy.allows(address)) : peers;
    return callable.slice(0, MAX_PEERS);
  }

  #door(target: TrackerAddress): Door {
    const known = this.#doors.get(target.address);
    if (known !== undefined) return known;
    const client = this.#announcing.open(parseTrackerUrl(this.url), target);
    const door = { client, hasStarted: false, hasCompleted: false };
    this.#doors.set(target.address, door);
    return door;
  }

  #call(event: AnnounceEvent) {
    const { infoHash, peerId, port, key, progress } = this.#announcing;
    const numwant = event === EVENT_STOPPED ? 0 : DEFAULT_NUMWANT;
    return { infoHash, peerId, port, key, event, numwant, ...progress() };
  }
}

function eventOf({ hasStarted, hasCompleted }: Door, isComplete: boolean): AnnounceEvent {
  if (!hasStarted) return EVENT_STARTED;
  return isComplete && !hasCompleted ? EVENT_COMPLETED : EVENT_NONE;
}

function failureOf(replies: readonly PromiseSettledResult<unknown>[]): Error {
  const reasons = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason as unknown] : []));
  const unforeseen = reasons.find((reason) => !(reason instanceof TrackerError) && !(reason instanceof PublicError));
  if (unforeseen !== undefined) throw unforeseen;
  return new Error(reasons.map((reason) => (reason as Error).message).join('; '));
}
