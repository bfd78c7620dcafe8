// Compares all plant records with those of another supernode now and then, so that what no feed brought arrives at last.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import { pick, type Random } from '../../shared/platform/random.ts';
import { inSlices } from '../../shared/platform/slices.ts';
import { openGood } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { differing, FAN_OUT } from '../directory/digest-tree.ts';
import type { Directory } from '../directory/directory.ts';
import { openPlant, type PlantEntry, readUnverified } from '../directory/entry.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Leadership } from './lease.ts';

export interface AntiEntropyOptions {
  readonly directory: Directory;
  readonly ledger: Pick<Ledger, 'offer'>;
  readonly client: Pick<SupernodeClient, 'digests' | 'plants'>;
  /** The supernodes to compare with. */
  readonly others: () => readonly Id[];
  readonly leadership: Leadership;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Leaves read in one round; the rest comes in the next. */
const MAX_LEAVES = 4096;
/** Pages of one leaf: more than an honest supernode has. */
const MAX_PAGES = 64;
/** Pages of one round that may bring nothing new, and its time: whoever answers nonsense, or slowly, keeps nobody from the others. */
export const MAX_BARREN_PAGES = 512;
export const MAX_ROUND_MS = 60_000;

export function startAntiEntropy(options: AntiEntropyOptions): Repetition {
  const { intervalMs, random, log } = options;
  const task = (signal: AbortSignal): Promise<void> => new AntiEntropy(options, signal).run();
  const onError = (error: unknown): void => log.warn({ err: error }, 'plants not compared with another supernode');
  return every({ intervalMs, jitter: 0.25, random, task, onError });
}

/** One round with one other. */
class AntiEntropy {
  readonly #options: AntiEntropyOptions;
  readonly #signal: AbortSignal;
  readonly #endsAt: number;
  #leaves = 0;
  #barrenPages = 0;
  #learned = 0;

  constructor(options: AntiEntropyOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#endsAt = options.clock.now() + MAX_ROUND_MS;
  }

  async run(): Promise<void> {
    const { directory, others, leadership, random, log } = this.#options;
    if (!leadership.isLeading) return;
    const id = pick(others(), random);
    const member = id === undefined ? undefined : directory.supernodes.get(id);
    if (member === undefined) return;
    const url = member.url;
    const branches = differing(
      directory.plants.digests(),
      await this.#options.client.digests(url, undefined, this.#asked()),
    );
    // From another place each time, lest what cannot be agreed on keeps the rest waiting.
    const start = random.uint32() % FAN_OUT;
    branches.sort((a, b) => ((a - start) & 255) - ((b - start) & 255));
    for (const branch of branches) await this.#compareBranch(url, branch);
    if (this.#leaves > 0) log.info({ id, leaves: this.#leaves, learned: this.#learned }, 'plants compared');
  }

  async #compareBranch(url: string, branch: number): Promise<void> {
    if (this.#isSpent()) return;
    const theirs = await this.#options.client.digests(url, branch, this.#asked());
    for (const leaf of differing(this.#options.directory.plants.digests(branch), theirs)) {
      if (this.#isSpent()) return;
      this.#leaves++;
      await this.#readLeaf(url, (branch << 8) | leaf);
    }
  }

  async #readLeaf(url: string, leaf: number): Promise<void> {
    const { directory, client, ledger } = this.#options;
    let cursor: string | undefined;
    for (let pages = 0; pages < MAX_PAGES && !this.#isSpent(); pages++) {
      const { records, next } = await client.plants(url, leaf, cursor, this.#asked());
      const unknown: PlantEntry[] = [];
      await inSlices(records, (slice) => void unknown.push(...this.#openNews(slice)), this.#signal);
      const verdicts = await ledger.offer(unknown.filter((entry) => directory.hasRoomForNews(entry)));
      const news = verdicts.filter(({ kind }) => kind === 'new' || kind === 'newer').length;
      if (news === 0) this.#barrenPages++;
      this.#learned += news;
      if (next === undefined) return;
      cursor = next;
    }
  }

  /** Verifies what is not known alone: most of a leaf is the same on both sides. */
  #openNews(records: readonly Uint8Array[]): PlantEntry[] {
    const { directory, clock } = this.#options;
    const now = clock.now();
    const unknown = openGood(records, (bytes) => readUnverified(bytes, now)).filter((one) => !directory.knows(one));
    return openGood(
      unknown.map(({ bytes }) => bytes),
      (bytes) => openPlant(bytes, now),
    );
  }

  #isSpent(): boolean {
    return (
      this.#leaves >= MAX_LEAVES || this.#barrenPages >= MAX_BARREN_PAGES || this.#options.clock.now() >= this.#endsAt
    );
  }

  #asked(): { signal: AbortSignal } {
    return { signal: this.#signal };
  }
}
