import { expect } from 'chai';
import { Dice } from '../../../node/tracker/dice.ts';
import { FamilyPeers } from '../../../node/tracker/family-peers.ts';
import { PeerKey, packFlags } from '../../../node/tracker/peer-entry.ts';
import { seededRandom } from '../../../shared/platform/random.ts';

const SWARM = 0;
const out = Buffer.alloc(200 * 18);
const view = new DataView(out.buffer, out.byteOffset, out.length);

/** A swarm of peers 10.0.x.y, port 1000 + index; those that `isSeeder` says are seeders. */
function swarmOf(count: number, isSeeder: (index: number) => boolean): FamilyPeers {
  const peers = new FamilyPeers(4, new Int32Array(3), count, 77, new Dice(seededRandom(count)));
  for (let i = 0; i < count; i++) peers.add(SWARM, keyOf(i), packFlags(isSeeder(i), 0, i));
  return peers;
}

function keyOf(index: number): PeerKey {
  const key = new PeerKey();
  key.set(4, Buffer.from([10, 0, index >> 8, index & 255]), 1000 + index);
  return key;
}

/** The indices of the peers chosen. */
function choose(peers: FamilyPeers, asker: number, isForSeeder: boolean, wanted: number): number[] {
  const at = asker < 0 ? -1 : peers.find(SWARM, keyOf(asker));
  const count = peers.select(SWARM, at, isForSeeder, wanted, view);
  return Array.from({ length: count }, (_, i) => out.readUInt16BE(6 * i + 4) - 1000);
}

/** Chi-square of how often each of `eligible` was chosen, divided by its expectation (the degrees of freedom). */
function unevenness(peers: FamilyPeers, asker: number, isForSeeder: boolean, wanted: number, eligible: number): number {
  const rounds = 20_000;
  const counts = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    for (const index of choose(peers, asker, isForSeeder, wanted)) counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  expect(counts.size).to.equal(eligible);
  const expected = (rounds * wanted) / eligible;
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - expected) ** 2 / expected;
  return chiSquare / (eligible - 1);
}

describe('node/tracker/selection.ts', () => {
  it('writes address and port in network byte order', () => {
    const peers = new FamilyPeers(4, new Int32Array(3), 1, 1, new Dice(seededRandom(1)));
    const key = new PeerKey();
    key.set(4, Buffer.from([255, 2, 3, 4]), 0xfedc);
    peers.add(SWARM, key, packFlags(false, 63, 0xff));
    expect(peers.select(SWARM, -1, false, 50, view)).to.equal(1);
    expect(out.toString('hex', 0, 6)).to.equal('ff020304fedc');
  });

  it('writes IPv6 entries of 18 bytes', () => {
    const peers = new FamilyPeers(6, new Int32Array(3), 1, 1, new Dice(seededRandom(1)));
    const key = new PeerKey();
    key.set(6, Buffer.from('20010db8ffffffff8000000000000001', 'hex'), 6881);
    peers.add(SWARM, key, packFlags(true, 0, 0));
    expect(peers.select(SWARM, -1, false, 1, view)).to.equal(1);
    expect(out.toString('hex', 0, 18)).to.equal('20010db8ffffffff80000000000000011ae1');
  });

  for (const count of [1, 2, 7, 32, 33, 60, 300]) {
    it(`gives exactly as many as wanted of ${count}, all different, never the asker`, () => {
      const peers = swarmOf(count, (index) => index % 3 === 0);
      for (let wanted = 0; wanted <= 200; wanted++) {
        const asker = wanted % count;
        const chosen = choose(peers, asker, false, wanted);
        expect(chosen).to.have.length(Math.min(wanted, count - 1));
        expect(new Set(chosen).size).to.equal(chosen.length);
        expect(chosen).to.not.include(asker);
      }
    });

    it(`gives a seeder exactly as many leechers as wanted of ${count}`, () => {
      const peers = swarmOf(count, (index) => index % 3 === 0);
      const leechers = count - Math.ceil(count / 3);
      for (let wanted = 0; wanted <= 200; wanted++) {
        const chosen = choose(peers, 0, true, wanted);
        expect(chosen).to.have.length(Math.min(wanted, leechers));
        expect(chosen.every((index) => index % 3 !== 0)).to.equal(true);
      }
    });
  }

  it('gives nobody to a seeder among seeders', () => {
    expect(
      choose(
        swarmOf(100, () => true),
        5,
        true,
        50,
      ),
    ).to.deep.equal([]);
  });

  // Neighbours come together, so one answer's choices are not independent: the statistic is below 1 or, for the few
  // wanted here, close to it. With a start at any slot it is above 20 for the hashed block.
  for (const count of [5, 20, 32, 50, 200]) {
    it(`chooses each of ${count} equally often`, () => {
      expect(
        unevenness(
          swarmOf(count, () => false),
          0,
          false,
          1,
          count - 1,
        ),
      ).to.be.below(1.7);
      expect(
        unevenness(
          swarmOf(count, () => false),
          0,
          false,
          3,
          count - 1,
        ),
      ).to.be.below(1.7);
    });
  }

  it('chooses leechers for a seeder equally often, and seeders and leechers alike for a leecher', () => {
    const peers = swarmOf(200, (index) => index % 4 === 0);
    expect(unevenness(peers, 0, true, 2, 150)).to.be.below(1.7);
    expect(unevenness(peers, 1, false, 2, 199)).to.be.below(1.7);
  });
});
