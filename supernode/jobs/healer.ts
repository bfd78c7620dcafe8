// Carries out what healing decides: has torrents carried again, and carriers too many released.

import type { NodeClient } from '../../shared/http/node-client.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Random } from '../../shared/platform/random.ts';
import { MAX_PLANTS_PER_CALL } from '../../shared/protocol/messages/node-messages.ts';
import type { Id, Signer } from '../../shared/protocol/records/record.ts';
import { ALLOCATION_SPARES, MAX_COPIES } from '../../shared/protocol/records/statements.ts';
import type { PlantEntry } from '../directory/entry.ts';
import type { DueCare, Healing } from '../directory/healing.ts';
import { signAllocation } from '../directory/signed-allocation.ts';
import type { Care } from '../directory/torrent-care.ts';
import type { Ledger } from '../store/ledger.ts';
import { type Errand, type ErrandOptions, type ErrandResult, runErrands } from './errands.ts';
import type { Leadership } from './lease.ts';

export interface HealerOptions extends ErrandOptions {
  readonly signer: Signer;
  readonly healing: Pick<Healing, 'next' | 'decline'>;
  readonly ledger: Pick<Ledger, 'offer'>;
  readonly leadership: Leadership;
  readonly client: Pick<NodeClient, 'plant' | 'release'>;
  /** One pass to the next. */
  readonly intervalMs: number;
  /** Torrents cared for in a minute at most. */
  readonly maxPerMinute: number;
  readonly random: Random;
}

/** A torrent that is spared at a node, and the receipts of those that keep it. */
interface Release {
  readonly due: DueCare;
  readonly extra: readonly Id[];
  readonly allocation: Uint8Array;
  readonly receipts: readonly Uint8Array[];
}

const MINUTE_MS = 60_000;
/** What a pass that slow nodes held up kept from being done is done at once: of so long, and so many, as take some 20 ms to sign. */
const MAX_BACKLOG_MS = 10_000;
const MAX_BACKLOG = 200;
/** Of one torrent; the newest. More would only say the same. */
const MAX_PLANTS = 8;
/** Reasons that hold for every node: nobody uses the torrent, its planter has uprooted it. */
const FOR_GOOD: ReadonlySet<string> = new Set(['unused', 'uprooted']);

/** Starts with the first pause; ends when it is stopped. */
export function startHealer(options: HealerOptions): Repetition {
  const healer = new Healer(options);
  const { intervalMs, random, log } = options;
  const onError = (error: unknown): void => log.error({ err: error }, 'healing failed');
  return every({ intervalMs, jitter: 0.1, random, task: (signal) => healer.pass(signal), onError });
}

class Healer {
  readonly #options: HealerOptions;
  /** Torrents that may be cared for by now: a share of one with each pass where few may be. */
  #allowance = 0;
  /** Unix ms up to which the allowance counts. */
  #allowedAt: number;

  constructor(options: HealerOptions) {
    this.#options = options;
    this.#allowedAt = options.clock.now();
  }

  async pass(signal: AbortSignal): Promise<void> {
    const { healing, leadership, clock } = this.#options;
    this.#allow();
    if (!leadership.isLeading || this.#allowance < 1) return;
    const due = healing.next(clock.now(), Math.floor(this.#allowance));
    if (due.length === 0) return;
    this.#allowance -= due.length;
    const results = await runErrands(
      due.flatMap((one) => this.#errandsOf(one)),
      this.#options,
      signal,
    );
    if (signal.aborted) return;
    await this.#learn(results);
    // Whoever leads by now may have chosen other keepers.
    if (leadership.isLeading) await this.#release(due, results, signal);
  }

  #allow(): void {
    const { clock, intervalMs, maxPerMinute } = this.#options;
    const now = clock.now();
    const perMs = maxPerMinute / MINUTE_MS;
    const most = Math.max(1, perMs * intervalMs, Math.min(MAX_BACKLOG, perMs * MAX_BACKLOG_MS));
    this.#allowance = Math.min(most, this.#allowance + perMs * Math.max(0, now - this.#allowedAt));
    this.#allowedAt = now;
  }

  #errandsOf({ infoHash, care }: DueCare): Errand[] {
    const { directory, clock, log } = this.#options;
    const now = clock.now();
    if (care.kind === 'uprooted') {
      const plants = newest(directory.plants.uproots(infoHash, now));
      return care.carriers.map((node) => ({ node, infoHash, plants, carriers: [] }));
    }
    const targets = care.kind === 'short' ? care.targets : care.keepers;
    if (care.kind === 'short') log.info({ infoHash, nodes: targets }, 'a torrent is short of carriers: planting it');
    const plants = newest(directory.plants.live(infoHash, now));
    const nodes = nodesOf(care);
    const allocation = this.#allocate(infoHash, nodes);
    return targets.map((node) => ({ node, infoHash, plants, allocation, carriers: nodes }));
  }

  #allocate(infoHash: string, nodes: readonly Id[]): Uint8Array {
    const { signer, clock } = this.#options;
    const copies = Math.min(nodes.length, MAX_COPIES);
    return signAllocation({ infoHash, copies, nodes }, signer, clock.now());
  }

  async #learn(results: readonly ErrandResult[]): Promise<void> {
    const { healing, ledger, clock } = this.#options;
    for (const { errand, receipt, code } of results) {
      if (receipt !== undefined || code === undefined) continue;
      healing.decline(errand.infoHash, errand.node, FOR_GOOD.has(code), clock.now());
    }
    await ledger.offer(results.flatMap(({ receipt }) => receipt ?? []));
  }

  /** Only what every keeper has a fresh receipt for. */
  async #release(due: readonly DueCare[], results: readonly ErrandResult[], signal: AbortSignal): Promise<void> {
    const byHash = Map.groupBy(results, ({ errand }) => errand.infoHash);
    const releases = due.flatMap((one): Release[] => {
      if (one.care.kind !== 'surplus') return [];
      const { keepers, extra } = one.care;
      const receipts = (byHash.get(one.infoHash) ?? []).flatMap(({ receipt }) => receipt?.bytes ?? []);
      if (receipts.length < keepers.length) return [];
      return [{ due: one, extra, allocation: this.#allocate(one.infoHash, keepers), receipts }];
    });
    const nodes = new Set(releases.flatMap(({ extra }) => extra));
    const calls = [...nodes].map(async (node) => {
      const own = releases.filter(({ extra }) => extra.includes(node));
      for (let at = 0; at < own.length; at += MAX_PLANTS_PER_CALL) {
        await this.#releaseAt(node, own.slice(at, at + MAX_PLANTS_PER_CALL), signal);
      }
    });
    await Promise.all(calls);
  }

  async #releaseAt(node: Id, releases: readonly Release[], signal: AbortSignal): Promise<void> {
    const { directory, client, log } = this.#options;
    const member = directory.nodes.get(node);
    if (member === undefined) return;
    const call = {
      infoHashes: releases.map(({ due }) => due.infoHash),
      allocations: releases.map(({ allocation }) => allocation),
      receipts: releases.flatMap(({ receipts }) => receipts),
    };
    try {
      const { items } = await client.release(member.url, node, call, { signal });
      log.info({ node, items }, 'torrents that others carry were released');
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, node }, 'a node did not release what it was to release');
    }
  }
}

/** Those that shall carry the torrent, as many as an allocation can name; targets first. */
function nodesOf(care: Exclude<Care, { kind: 'uprooted' }>): Id[] {
  const nodes = care.kind === 'short' ? [...care.targets, ...care.keepers] : care.keepers;
  return nodes.slice(0, MAX_COPIES + ALLOCATION_SPARES);
}

function newest(plants: readonly PlantEntry[]): PlantEntry[] {
  return [...plants].sort((a, b) => b.seq - a.seq).slice(0, MAX_PLANTS);
}
