// What must hold of the packed store at any time; walks everything, so for tests alone.

import { expect } from 'chai';
import { type BlockArena, type BlockRef, blockSize, blockSlot } from '../../../node/tracker/block-arena.ts';
import type { FamilyPeers } from '../../../node/tracker/family-peers.ts';
import { SEEDER_BIT } from '../../../node/tracker/peer-entry.ts';
import type { SwarmStore } from '../../../node/tracker/swarm-store.ts';
import { SWARM4, SWARM6, type Torrent } from '../../../node/tracker/torrent-table.ts';

/** Every slot of the arena belongs to exactly one block, free or used. */
export function expectTiling(arena: BlockArena, used: readonly BlockRef[]): void {
  const blocks = [...arena.freeBlocks(), ...used].sort((a, b) => blockSlot(a) - blockSlot(b));
  let next = 0;
  for (const ref of blocks) {
    expect(blockSlot(ref)).to.equal(next);
    next += blockSize(ref);
  }
  expect(next * arena.slotWords).to.equal(arena.words.length);
  expect(arena.usedSlots).to.equal(used.reduce((sum, ref) => sum + blockSize(ref), 0));
}

export function expectSound(store: SwarmStore): void {
  const torrents: Torrent[] = [];
  for (let torrent = store.torrents.following(0); torrent !== 0; torrent = store.torrents.following(torrent)) {
    if (store.torrents.isUsed(torrent)) torrents.push(torrent);
  }
  expect(torrents.length).to.equal(store.torrents.count);
  for (const torrent of torrents) {
    expect(store.torrents.find(Buffer.from(store.torrents.infoHash(torrent), 'hex'), 0)).to.equal(torrent);
  }
  expectFamilySound(
    store.peers4,
    store.torrents.words,
    torrents.map((torrent) => torrent + SWARM4),
  );
  expectFamilySound(
    store.peers6,
    store.torrents.words,
    torrents.map((torrent) => torrent + SWARM6),
  );
}

function expectFamilySound(peers: FamilyPeers, records: Int32Array, swarms: readonly number[]): void {
  const { arena, entryWords } = peers.blocks;
  const refs: BlockRef[] = [];
  let total = 0;
  let seeders = 0;
  for (const swarm of swarms) {
    const ref = records[swarm]!;
    if (ref !== 0) refs.push(ref);
    const tails: number[] = [];
    for (let slot = 0; slot < blockSize(ref); slot++) {
      const tail = arena.words[(blockSlot(ref) + slot) * entryWords]!;
      if (tail !== 0) tails.push(tail);
    }
    expect(tails.length).to.equal(peers.countOf(swarm));
    expect(tails.filter((tail) => (tail & SEEDER_BIT) !== 0).length).to.equal(peers.seedersOf(swarm));
    if (ref !== 0) expect(tails.length * 8).to.be.above(blockSize(ref) === 1 ? 0 : 3 * blockSize(ref));
    total += peers.countOf(swarm);
    seeders += peers.seedersOf(swarm);
  }
  expect([peers.count, peers.seeders]).to.deep.equal([total, seeders]);
  expectTiling(arena, refs);
}
