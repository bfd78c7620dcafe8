// Reads what the announces of a batch are going to need, all of it in a row: the swarms of different torrents are far from each
// other in memory, and a processor that is asked for many at once waits for them together instead of for one after the other.
// 3.19 to 2.83 us a UDP announce while the machine's caches are busy with other work.

import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import { blockSize } from './block-arena.ts';
import type { PeerBlocks } from './peer-blocks.ts';
import type { SwarmStore } from './swarm-store.ts';
import { SWARM4, SWARM6 } from './torrent-table.ts';

/** Requests that are looked at together. */
const MAX_BATCH = 64;
/** For fewer it takes longer than waiting for each. */
const MIN_BATCH = 4;
/** A line of a cache, in words. */
const LINE_WORDS = 16;
/** Of larger blocks an answer reads a part, which chance decides on later. */
const MAX_BLOCK_WORDS = 320;

export class LookAhead {
  /** What was read, mixed: so that no compiler finds reading needless. */
  seen = 0;
  readonly #store: SwarmStore;
  /** Of each request the torrent, then the block of its swarm. */
  readonly #refs = new Int32Array(MAX_BATCH);

  constructor(store: SwarmStore) {
    this.#store = store;
  }

  /** `requests[0..count)` have an info hash at `offset`, if they are announces; others do no harm. */
  read(requests: readonly Uint8Array[], offset: number, count: number, family: AddressFamily): void {
    if (count < MIN_BATCH || count > MAX_BATCH) return;
    const { torrents } = this.#store;
    const { words } = torrents;
    const refs = this.#refs;
    const swarm = family === 4 ? SWARM4 : SWARM6;
    for (let i = 0; i < count; i++) refs[i] = torrents.first(requests[i]!, offset);
    for (let i = 0; i < count; i++) refs[i] = words[refs[i]! + swarm]!;
    this.seen ^= readBlocks(refs, count, family === 4 ? this.#store.peers4.blocks : this.#store.peers6.blocks);
  }
}

function readBlocks(refs: Int32Array, count: number, blocks: PeerBlocks): number {
  const { words } = blocks;
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const start = blocks.start(refs[i]!);
    const length = Math.imul(blockSize(refs[i]!), blocks.entryWords);
    const end = (length > MAX_BLOCK_WORDS ? start : start + length) | 0;
    for (let at = start; at < end; at = (at + LINE_WORDS) | 0) seen ^= words[at]!;
  }
  return seen;
}
