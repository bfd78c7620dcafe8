// Sharing nodes without sockets: their cores, a wound clock, and a wire that the test may cut, delay or repeat.

import type { Partner } from '../../../node/sharing/partners.ts';
import { Sharing, type SharingTimes } from '../../../node/sharing/sharing.ts';
import { DEFAULT_SHARED_LIMITS, type SharedLimits } from '../../../node/tracker/shared-swarms.ts';
import { Tracker } from '../../../node/tracker/tracker.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import {
  type ShareBatch,
  type SyncPage,
  shareAnswer,
  shareBatch,
  syncCall,
  syncPage,
} from '../../../shared/protocol/messages/share-messages.ts';
import { nodeRecord } from '../../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import {
  AnnounceAnswer,
  AnnounceRequest,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
  ScrapeCounts,
} from '../../../shared/protocol/tracker/tracker-messages.ts';

export const START_MS = 1_800_000_000_000;
export const STEP_MS = 50;
const EVENTS = {
  none: EVENT_NONE,
  completed: EVENT_COMPLETED,
  started: EVENT_STARTED,
  stopped: EVENT_STOPPED,
} as const;
const CONNECT_TIMEOUT_MS = 3000;
const CALL_TIMEOUT_MS = 10_000;
const TIMES: SharingTimes = { smallFlushMs: 200, flushMs: 2000, censusMs: 3_600_000, syncPauseMs: 5000 };

export interface LabPlan {
  readonly nodes: number;
  readonly limits?: SharedLimits;
  readonly times?: Partial<SharingTimes>;
  readonly maxPeers?: number;
  /** Networks shared although they are not public. */
  readonly allowed?: readonly string[];
}

export interface LabPeer {
  readonly port: number;
  /** '198.18.0.1' style dotted address; 1.2.3.4 when left out. */
  readonly address?: string;
  readonly isSeeder?: boolean;
  readonly event?: keyof typeof EVENTS;
  readonly numwant?: number;
}

/** One node's core. */
export class LabNode {
  readonly id: string;
  readonly index: number;
  tracker: Tracker;
  sharing: Sharing;
  /** What its clock says beyond the lab's. */
  clockOffsetMs = 0;
  readonly #plan: LabPlan;
  readonly #answer = new AnnounceAnswer();
  #starts = 0;

  constructor(index: number, plan: LabPlan) {
    this.index = index;
    this.id = createSigner(Buffer.alloc(32, index + 1)).id;
    this.#plan = plan;
    [this.tracker, this.sharing] = this.#start();
  }

  /** Loses everything that is in memory. */
  restart(): void {
    [this.tracker, this.sharing] = this.#start();
  }

  announce(infoHash: InfoHash, peer: LabPeer, nowMs: number): number[] {
    const request = new AnnounceRequest();
    infoHashBytes(infoHash).copy(request.infoHash);
    request.address.set((peer.address ?? '1.2.3.4').split('.').map(Number));
    request.port = peer.port;
    request.isSeeder = peer.isSeeder ?? false;
    request.event = EVENTS[peer.event ?? 'none'];
    request.numwant = peer.numwant ?? 200;
    const answer = this.#answer;
    const refusal = this.tracker.announce(request, answer, Math.floor((nowMs + this.clockOffsetMs) / 1000));
    if (refusal !== undefined) throw new Error(refusal.message);
    return Array.from({ length: answer.peers4Count }, (_, i) => answer.peers4.readUInt16BE(6 * i + 4)).sort(
      (a, b) => a - b,
    );
  }

  /** The ports of all peers known, own and remote, as somebody who never stays sees them. */
  ports(infoHash: InfoHash, nowMs: number): number[] {
    const counts = this.counts(infoHash);
    if (counts.seeders + counts.leechers > 150) throw new Error('too many to see in one answer');
    const asker = { port: 65_535, address: '9.9.9.9' };
    const seen = this.announce(infoHash, asker, nowMs);
    this.announce(infoHash, { ...asker, event: 'stopped' }, nowMs);
    return seen;
  }

  counts(infoHash: InfoHash): ScrapeCounts {
    const counts = new ScrapeCounts();
    this.tracker.scrape(infoHashBytes(infoHash), 0, counts);
    return counts;
  }

  partner(other: LabNode): Partner {
    const partner = this.sharing.partners.get(other.id);
    if (partner === undefined) throw new Error('no partner');
    return partner;
  }

  #start(): [Tracker, Sharing] {
    const { limits = DEFAULT_SHARED_LIMITS, times, maxPeers = 100_000, allowed = [] } = this.#plan;
    this.#starts++;
    const random = seededRandom(1000 * this.#starts + this.index);
    const tracker = new Tracker(
      {
        mode: 'planted',
        intervalSeconds: 1800,
        minIntervalSeconds: 900,
        peerLifetimeSeconds: 2700,
        maxTorrents: 1000,
        maxPeers,
        maxPeersPerTorrent: 50_000,
        shared: limits,
      },
      random,
    );
    const sharing = new Sharing({
      self: this.id,
      tracker: tracker.sharing,
      random,
      allowed: new NetworkSet(allowed),
      times: { ...TIMES, ...times },
      maxPartners: 100,
      maxPeersPerTorrent: 1000,
    });
    return [tracker, sharing];
  }
}

interface Letter {
  readonly dueAt: number;
  readonly deliver: () => void;
}

export class Lab {
  readonly nodes: LabNode[];
  now = START_MS;
  /** Batches as they were sent, by the index of their sender. */
  readonly batches: { readonly from: number; readonly to: number; readonly batch: ShareBatch }[] = [];
  /** One way, in ms; undefined = the message is lost and its sender learns so. */
  delay: (from: number, to: number) => number | undefined = () => 10;
  #letters: Letter[] = [];

  constructor(plan: LabPlan) {
    this.nodes = Array.from({ length: plan.nodes }, (_, index) => new LabNode(index, plan));
    for (const node of this.nodes) this.introduceAll(node);
  }

  /** Everybody carries it and knows by an allocation who else does. */
  plant(infoHash: InfoHash, nodes: readonly LabNode[] = this.nodes): void {
    for (const node of nodes) {
      node.tracker.carry(infoHash);
      const ids = nodes.map(({ id }) => id);
      node.sharing.coCarriers.learnAllocated(infoHash, ids, this.now);
    }
  }

  /** Tells a node where the others are. */
  introduceAll(node: LabNode): void {
    for (const other of this.nodes) {
      const signer = createSigner(Buffer.alloc(32, other.index + 1));
      const statement = {
        urls: [`http://192.0.2.${other.index + 1}`],
        udpPort: 0,
        state: 'open' as const,
        weight: 100,
        software: 'lab',
        seq: START_MS,
        ttlSeconds: 86_400,
      };
      node.sharing.partners.meet(nodeRecord.open(nodeRecord.sign(statement, signer).bytes, START_MS));
    }
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const end = this.now + forMs;
    while (this.now < end) {
      this.now += STEP_MS;
      for (const letter of this.#letters.filter(({ dueAt }) => dueAt <= this.now)) letter.deliver();
      this.#letters = this.#letters.filter(({ dueAt }) => dueAt > this.now);
      for (const node of this.nodes) this.#step(node);
    }
  }

  /** Lets time pass until something holds; throws after `maxMs`. Returns how long it took. */
  runUntil(condition: () => boolean, maxMs: number): number {
    const begun = this.now;
    while (!condition()) {
      if (this.now - begun > maxMs) throw new Error(`did not come true within ${maxMs} ms`);
      this.run(STEP_MS);
    }
    return this.now - begun;
  }

  #step(node: LabNode): void {
    const now = this.now + node.clockOffsetMs;
    node.sharing.step(now);
    for (const partner of node.sharing.partners.values()) {
      const to = this.nodes.find(({ id }) => id === partner.id)!;
      const batch = node.sharing.sending.take(partner, now);
      if (batch !== undefined) this.#push(node, to, partner, batch);
      this.#pull(node, to, partner);
    }
  }

  #push(from: LabNode, to: LabNode, partner: Partner, batch: ShareBatch): void {
    const { sharing } = from;
    const bytes = shareBatch.write(batch);
    this.batches.push({ from: from.index, to: to.index, batch: shareBatch.read(bytes) });
    const fail = (): void => this.#ifAlive(from, sharing, (now) => sharing.sending.failed(partner, now, undefined));
    this.#exchange(
      from,
      to,
      () => shareAnswer.write(to.sharing.receive(from.id, shareBatch.read(bytes), this.now + to.clockOffsetMs)),
      (answer) =>
        this.#ifAlive(from, sharing, (now) => sharing.sending.answered(partner, shareAnswer.read(answer), now)),
      fail,
    );
  }

  #pull(from: LabNode, to: LabNode, partner: Partner): void {
    const { sharing } = from;
    const call = sharing.pulling.take(partner, this.now + from.clockOffsetMs);
    if (call === undefined) return;
    const bytes = syncCall.write(call);
    const ask = (): Uint8Array => {
      const now = this.now + to.clockOffsetMs;
      const page: SyncPage = to.sharing.page(from.id, syncCall.read(bytes), now);
      if (call.cursor > 0) return syncPage.write(page);
      let counted: Uint32Array | undefined;
      const walk = to.sharing.census(from.id, now, (census) => {
        counted = census;
      });
      while (walk?.step(1000) === false);
      return syncPage.write({ ...page, ...(counted === undefined ? {} : { census: counted }) });
    };
    this.#exchange(
      from,
      to,
      ask,
      (answer) => this.#ifAlive(from, sharing, (now) => sharing.pulling.answered(partner, syncPage.read(answer), now)),
      () => this.#ifAlive(from, sharing, (now) => sharing.pulling.failed(partner, now)),
    );
  }

  /** A call and its answer, each of which may be late or lost. */
  #exchange(
    from: LabNode,
    to: LabNode,
    ask: () => Uint8Array,
    take: (answer: Uint8Array) => void,
    fail: () => void,
  ): void {
    const outMs = this.delay(from.index, to.index);
    if (outMs === undefined) {
      this.#post(CONNECT_TIMEOUT_MS, fail);
      return;
    }
    this.#post(outMs, () => {
      let answer: Uint8Array;
      try {
        answer = ask();
      } catch {
        this.#post(0, fail);
        return;
      }
      const backMs = this.delay(to.index, from.index);
      if (backMs === undefined) this.#post(CALL_TIMEOUT_MS, fail);
      else this.#post(backMs, () => take(answer));
    });
  }

  /** A node that was restarted meanwhile has forgotten its calls. */
  #ifAlive(node: LabNode, sharing: Sharing, act: (now: number) => void): void {
    if (node.sharing === sharing) act(this.now + node.clockOffsetMs);
  }

  #post(inMs: number, deliver: () => void): void {
    this.#letters.push({ dueAt: this.now + inMs, deliver });
  }
}
