import { expect } from 'chai';
import { MemoryBudget } from '../../../node/tracker/memory-budget.ts';
import { type Torrent, TorrentTable } from '../../../node/tracker/torrent-table.ts';

/** 20 bytes that differ in their last four, or when `isHead` in their first four. */
function hashOf(index: number, isHead = false): Buffer {
  const hash = Buffer.alloc(20, 0x5a);
  hash.writeUInt32BE(index, isHead ? 0 : 16);
  return hash;
}

function walk(table: TorrentTable): Torrent[] {
  const torrents: Torrent[] = [];
  for (let torrent = table.following(0); torrent !== 0; torrent = table.following(torrent)) torrents.push(torrent);
  return torrents;
}

describe('node/tracker/torrent-table.ts', () => {
  it('finds a torrent at any offset, and none where there is none', () => {
    const table = new TorrentTable(10, 1);
    const hash = Buffer.from('00112233445566778899aabbccddeeff01234567', 'hex');
    expect(table.find(hash, 0)).to.equal(0);
    const torrent = table.add(hash, 0);
    expect(table.find(Buffer.concat([Buffer.alloc(7), hash]), 7)).to.equal(torrent);
    expect(table.infoHash(torrent)).to.equal('00112233445566778899aabbccddeeff01234567');
  });

  it('tells apart hashes that differ in one bit of any byte', () => {
    const table = new TorrentTable(161, 1);
    const hash = Buffer.alloc(20);
    const torrents = new Set([table.add(hash, 0)]);
    for (let bit = 0; bit < 160; bit++) {
      hash[bit >> 3]! ^= 1 << (bit & 7);
      expect(table.find(hash, 0)).to.equal(0);
      torrents.add(table.add(hash, 0));
      hash[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(torrents.size).to.equal(161);
  });

  it('finds all of thousands while it grows, and after half of them went', () => {
    const table = new TorrentTable(5000, 99);
    for (let i = 0; i < 5000; i++) {
      table.add(hashOf(i, i % 2 === 0), 0);
      if (i % 499 === 0) for (let j = 0; j <= i; j++) expect(table.find(hashOf(j, j % 2 === 0), 0)).to.not.equal(0);
    }
    expect(table.isFull).to.equal(true);
    for (let i = 0; i < 5000; i += 2) table.remove(table.find(hashOf(i, true), 0));
    expect(table.count).to.equal(2500);
    for (let i = 0; i < 5000; i++) expect(table.find(hashOf(i, i % 2 === 0), 0) !== 0).to.equal(i % 2 === 1);
  });

  it('is full when its memory budget is, until a record is free again', () => {
    const budget = new MemoryBudget(1.5 * 2 ** 20);
    const table = new TorrentTable(100_000, 1, budget);
    let added = 0;
    while (!table.isFull) table.add(hashOf(added++), 0);
    expect(added).to.equal(16_384);
    table.remove(table.find(hashOf(5), 0));
    expect(table.isFull).to.equal(false);
    table.add(hashOf(added), 0);
    expect(table.isFull).to.equal(true);
    expect(budget.usedBytes).to.equal(16_384 * 68);
  });

  it('reuses records, cleared', () => {
    const table = new TorrentTable(2, 3);
    const first = table.add(hashOf(1), 0);
    table.setPlanted(first, true);
    table.setDownloaded(first, 9);
    table.remove(first);
    const second = table.add(hashOf(2), 0);
    expect(second).to.equal(first);
    expect([table.isPlanted(second), table.downloaded(second)]).to.deep.equal([false, 0]);
    expect(walk(table)).to.deep.equal([second]);
  });

  it('walks the records in the order of memory, used or not', () => {
    const table = new TorrentTable(3, 3);
    const torrents = [1, 2, 3].map((index) => table.add(hashOf(index), 0));
    table.remove(torrents[1]!);
    expect(walk(table)).to.deep.equal(torrents);
    expect(torrents.map((torrent) => table.isUsed(torrent))).to.deep.equal([true, false, true]);
  });
});
