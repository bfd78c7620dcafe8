import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../../shared/platform/random.ts';
import { ShareGroups } from '../../../shared/protocol/messages/share-groups.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { packGroups } from '../../helpers/packed-groups.ts';
import { hashOf } from '../plant-records.ts';
import { Lab, type LabPlan, START_MS } from './lab.ts';

const T = hashOf(1);
const U = hashOf(2);

function createLab(plan: Partial<LabPlan> = {}): Lab {
  const lab = new Lab({ nodes: 3, ...plan });
  lab.plant(T);
  lab.run(2000);
  return lab;
}

describe('node/sharing/sharing.ts', () => {
  it('has a peer that announced at one node found at the others within half a second', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    const lagMs = lab.runUntil(() => [b!, c!].every((node) => node.ports(T, lab.now).includes(2001)), 1000);
    expect(lagMs).to.be.at.most(350);
  });

  it('waits for up to two seconds and a half in a larger swarm, and sends one batch then', () => {
    const lab = createLab();
    const [a, b] = lab.nodes;
    for (let port = 2001; port <= 2010; port++) a!.announce(T, { port }, lab.now);
    lab.run(3000);
    const before = lab.batches.length;
    for (let port = 2011; port <= 2030; port++) a!.announce(T, { port }, lab.now);
    const lagMs = lab.runUntil(() => b!.ports(T, lab.now).length === 30, 3000);
    expect(lagMs).to.be.within(1600, 2500);
    expect(lab.batches.slice(before).filter(({ from, to }) => from === 0 && to === 1)).to.have.length(1);
  });

  it('adds what co-carriers have to the counts of announces and scrapes', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    a!.announce(T, { port: 2001, isSeeder: true }, lab.now);
    b!.announce(T, { port: 2002 }, lab.now);
    lab.run(1000);
    expect({ ...c!.counts(T) }).to.include({ seeders: 1, leechers: 1 });
    c!.announce(T, { port: 2003 }, lab.now);
    expect({ ...c!.counts(T) }).to.include({ seeders: 1, leechers: 2 });
    lab.run(1000);
    for (const node of lab.nodes) expect({ ...node.counts(T) }).to.include({ seeders: 1, leechers: 2 });
  });

  it('takes away everywhere a peer that stops, and a peer that becomes a seeder is one everywhere', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    a!.announce(T, { port: 2002 }, lab.now);
    lab.run(1000);
    a!.announce(T, { port: 2001, event: 'stopped' }, lab.now);
    a!.announce(T, { port: 2002, event: 'completed' }, lab.now);
    lab.run(1000);
    for (const node of [b!, c!]) {
      expect(node.ports(T, lab.now)).to.deep.equal([2002]);
      expect({ ...node.counts(T) }).to.include({ seeders: 1, leechers: 0 });
    }
  });

  it('sends nothing for torrents without co-carriers, and writes nothing down', () => {
    const lab = createLab();
    const [a] = lab.nodes;
    a!.tracker.carry(U);
    const before = a!.tracker.sharing.log.head;
    a!.announce(U, { port: 2001 }, lab.now);
    a!.announce(U, { port: 2001, event: 'stopped' }, lab.now);
    expect(a!.tracker.sharing.log.head).to.equal(before);
  });

  it('never sends on what it was sent', () => {
    const lab = createLab();
    lab.nodes[0]!.announce(T, { port: 2001 }, lab.now);
    lab.run(5000);
    expect(new Set(lab.batches.map(({ from }) => from))).to.deep.equal(new Set([0]));
  });

  it('passes a peer on anew before its co-carriers would forget it', () => {
    const lab = createLab();
    const [a, b] = lab.nodes;
    for (let minutes = 0; minutes <= 180; minutes += 30) {
      a!.announce(T, { port: 2001 }, lab.now);
      lab.run(1000);
      lab.now += 30 * 60_000 - 1000;
      b!.tracker.sweep(Math.floor(lab.now / 1000), 1000);
      expect(b!.ports(T, lab.now), `after ${minutes} minutes`).to.deep.equal([2001]);
    }
    lab.now += 16 * 60_000;
    b!.tracker.sweep(Math.floor(lab.now / 1000), 1000);
    expect(b!.ports(T, lab.now)).to.deep.equal([]);
  });

  it('takes nothing of a torrent from who is not known to carry it, and says so', () => {
    const lab = createLab();
    const [a, b] = lab.nodes;
    for (const node of [a!, b!]) node.tracker.carry(U);
    a!.sharing.coCarriers.learnAllocated(U, [b!.id], lab.now);
    a!.announce(U, { port: 2001 }, lab.now);
    lab.run(2000);
    expect(b!.ports(U, lab.now)).to.deep.equal([]);
    expect(b!.sharing.stats.counters.refused['not-shared']).to.equal(1);
    const sent = lab.batches.length;
    a!.announce(U, { port: 2002 }, lab.now);
    lab.run(5000);
    expect(lab.batches.length).to.equal(sent);
    b!.sharing.coCarriers.learnAllocated(U, [a!.id], lab.now);
    lab.runUntil(() => b!.ports(U, lab.now).length === 2, 7000);
    a!.announce(U, { port: 2003 }, lab.now);
    lab.runUntil(() => b!.ports(U, lab.now).length === 3, 1000);
  });

  it('catches up within 15 s of a cut of ten minutes, soon after a longer one, and forgets what stopped meanwhile', () => {
    for (const [minutes, allowedMs] of [
      [1, 15_000],
      [10, 15_000],
      [45, 150_000],
    ] as const) {
      const lab = createLab();
      const [a, b, c] = lab.nodes;
      for (let port = 2001; port <= 2010; port++) a!.announce(T, { port }, lab.now);
      lab.run(5000);
      lab.delay = (from, to) => (from + to === 1 ? undefined : 10);
      a!.announce(T, { port: 2001, event: 'stopped' }, lab.now);
      a!.announce(T, { port: 3001 }, lab.now);
      const seenMs = lab.runUntil(() => c!.ports(T, lab.now).includes(3001), 3000);
      expect(seenMs, 'the cut delays nobody else').to.be.below(3000);
      for (let minute = 0; minute < minutes; minute++) {
        lab.run(60_000);
        for (let port = 2002; port <= 2010; port++) a!.announce(T, { port }, lab.now);
      }
      expect(b!.ports(T, lab.now)).to.include(2001);
      expect(b!.ports(T, lab.now)).to.not.include(3001);
      lab.delay = () => 10;
      lab.runUntil(() => b!.ports(T, lab.now).includes(3001) && !b!.ports(T, lab.now).includes(2001), allowedMs);
    }
  });

  it('forgets the peers of a partner that started anew, and learns those that it has now', () => {
    const lab = createLab();
    const [a, b] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    b!.announce(T, { port: 2002 }, lab.now);
    lab.run(1000);
    a!.restart();
    lab.introduceAll(a!);
    a!.tracker.carry(T);
    a!.sharing.coCarriers.learnAllocated(T, [b!.id], lab.now);
    lab.runUntil(() => a!.ports(T, lab.now).includes(2002), 1000);
    a!.announce(T, { port: 2003 }, lab.now);
    lab.runUntil(() => b!.ports(T, lab.now).includes(2003) && !b!.ports(T, lab.now).includes(2001), 10_000);
  });

  it('shares whatever the clocks say', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    b!.clockOffsetMs = 86_400_000;
    c!.clockOffsetMs = -86_400_000;
    a!.announce(T, { port: 2001 }, lab.now);
    b!.announce(T, { port: 2002 }, lab.now);
    c!.announce(T, { port: 2003 }, lab.now);
    lab.runUntil(() => lab.nodes.every((node) => node.ports(T, lab.now).length === 3), 2000);
  });

  it('goes on when a clock is set back by a day in the middle of everything', () => {
    const lab = createLab();
    const [a, b] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    lab.run(1000);
    lab.delay = () => undefined;
    a!.announce(T, { port: 2002 }, lab.now);
    lab.run(5000);
    a!.announce(T, { port: 2003 }, lab.now);
    a!.clockOffsetMs = -86_400_000;
    lab.delay = () => 10;
    lab.runUntil(() => b!.ports(T, lab.now).length === 3, 15_000);
  });

  it('tells a partner that it has lost something when the log of changes has gone round', () => {
    const lab = createLab({ nodes: 2 });
    const [a, b] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    lab.run(1000);
    lab.delay = () => undefined;
    a!.announce(T, { port: 2002 }, lab.now);
    lab.run(1000);
    const { log } = a!.tracker.sharing;
    for (let i = 0; i < 300_000; i++) a!.announce(T, { port: 2003, isSeeder: i % 2 === 0 }, lab.now);
    expect(log.reachesBack(a!.partner(b!).outbox.position)).to.equal(false);
    lab.run(1000);
    lab.delay = () => 10;
    lab.runUntil(() => b!.ports(T, lab.now).length === 3, 60_000);
    expect(a!.sharing.stats.counters.overflows).to.be.at.least(1);
    expect(b!.sharing.stats.counters.syncs).to.be.at.least(2);
  });

  it('finds by a census what was lost without a trace', () => {
    const lab = createLab({ nodes: 2, times: { censusMs: 60_000 } });
    const [a, b] = lab.nodes;
    for (let port = 2001; port <= 2040; port++) a!.announce(T, { port }, lab.now);
    lab.run(10_000);
    const { shared } = b!.tracker.sharing;
    shared.clear(shared.links.first(b!.tracker.sharing.findCarried(infoHashBytes(T), 0)));
    expect(b!.ports(T, lab.now)).to.deep.equal([]);
    lab.runUntil(() => b!.ports(T, lab.now).length === 40, 120_000);
    expect(b!.sharing.stats.counters.censuses).to.be.at.least(1);
  });

  it('does not synchronise again and again what limits forbid to take', () => {
    const lab = createLab({
      nodes: 2,
      times: { censusMs: 60_000 },
      limits: { maxPeersPerLink: 10, maxPeersPerAddress: 100 },
    });
    const [a, b] = lab.nodes;
    for (let port = 2001; port <= 2100; port++) a!.announce(T, { port }, lab.now);
    lab.run(600_000);
    const { syncs } = b!.sharing.stats.counters;
    lab.run(600_000);
    expect(b!.sharing.stats.counters.syncs).to.equal(syncs);
  });

  it('drops everything of one origin, and takes nothing from it until it may again', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    c!.announce(T, { port: 2003 }, lab.now);
    lab.run(1000);
    b!.sharing.forgetOrigin(a!.id);
    lab.run(100);
    expect(b!.ports(T, lab.now)).to.deep.equal([2003]);
    a!.announce(T, { port: 2011 }, lab.now);
    lab.run(10_000);
    expect(b!.ports(T, lab.now)).to.deep.equal([2003]);
    expect({ ...b!.counts(T) }).to.include({ seeders: 0, leechers: 1 });
    b!.sharing.allowOrigin(a!.id, lab.now);
    lab.runUntil(() => b!.ports(T, lab.now).length === 3, 10_000);
  });

  it('ends a pair when supernodes name others and the allocation is old, and its peers go with it', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    c!.announce(T, { port: 2003 }, lab.now);
    lab.run(1000);
    const witness = 'f'.repeat(64);
    b!.sharing.coCarriers.learnWitnessed(witness, T, [b!.id, c!.id], lab.now);
    expect(b!.ports(T, lab.now), 'the allocation is fresh').to.include(2001);
    lab.now += 61 * 60_000;
    c!.announce(T, { port: 2003, isSeeder: true }, lab.now);
    lab.run(1000);
    b!.sharing.coCarriers.learnWitnessed(witness, T, [b!.id, c!.id], lab.now);
    expect(b!.ports(T, lab.now)).to.deep.equal([2003]);
    expect(b!.sharing.coCarriers.takeChanges().filter(({ isLinked }) => !isLinked)).to.deep.equal([
      { infoHash: T, node: a!.id, isLinked: false },
    ]);
  });

  it('hears new supernodes for as long as it lives, when others are joined no more', () => {
    const lab = createLab();
    const [a, b, c] = lab.nodes;
    lab.now += 61 * 60_000;
    for (let n = 0; n < 40; n++) {
      const supernode = n.toString(16).padStart(64, '0');
      const named = n % 2 === 0 ? [a!.id, b!.id] : [a!.id, c!.id];
      a!.sharing.coCarriers.learnWitnessed(supernode, T, named, lab.now);
      const torrent = a!.tracker.sharing.findCarried(infoHashBytes(T), 0);
      const { links } = a!.tracker.sharing.shared;
      expect(links.find(torrent, a!.partner(n % 2 === 0 ? b! : c!).slot), `supernode ${n}`).to.be.above(0);
      a!.sharing.forgetWitness(supernode);
      lab.run(200);
      a!.sharing.coCarriers.learnWitnessed('f'.repeat(64), T, [a!.id], lab.now);
      expect(links.first(torrent), `without supernode ${n}`).to.equal(0);
    }
  });

  it('keeps no place for a partner with which a torrent has no room left to be shared', () => {
    const [a] = createLab({ nodes: 2 }).nodes;
    const ids = Array.from({ length: 50 }, (_, n) => n.toString(16).padStart(64, '0'));
    a!.sharing.coCarriers.learnWitnessed('f'.repeat(64), T, ids, START_MS);
    expect(a!.sharing.stats).to.include({ links: 16, partners: 16 });
  });

  it('drops nothing of a partner that has the place of one who is gone', () => {
    const lab = createLab({ nodes: 4 });
    const [a, b, c, d] = lab.nodes;
    a!.tracker.drop(T);
    a!.tracker.carry(U);
    lab.now += 600_000;
    a!.sharing.forgetOrigin(c!.id);
    a!.sharing.step(lab.now);
    a!.sharing.forgetOrigin(b!.id);
    a!.sharing.step(lab.now);
    a!.sharing.coCarriers.learnAllocated(U, [d!.id], lab.now);
    const peers = [{ address: '1.2.3.4', port: 2000 }];
    const groups = new ShareGroups(packGroups([{ infoHash: U, peers }]));
    a!.sharing.receive(d!.id, { epoch: 'ab'.repeat(8), sequence: 1, base: 0, groups }, lab.now);
    for (let step = 0; step < 5; step++) a!.sharing.step(lab.now);
    expect(a!.ports(U, lab.now)).to.deep.equal([2000]);
  });

  describe('whatever is announced while messages are lost, late and repeated', () => {
    const PORTS = 12;

    /** What each node should know in the end: its own peers and those of the others, each with its state. */
    function converge(seed: number): void {
      const random = seededRandom(seed);
      const chance = (share: number): boolean => random.uint32() < share * 2 ** 32;
      const lab = createLab();
      const alive = new Map<number, { node: number; isSeeder: boolean }>();
      lab.delay = () => (chance(0.2) ? undefined : 10 + (random.uint32() % 3000));
      for (let step = 0; step < 60; step++) {
        // Each port lives at one node.
        const port = 2000 + (random.uint32() % PORTS);
        const node = port % 3;
        const isSeeder = chance(0.5);
        const isStopping = chance(0.3);
        lab.nodes[node]!.announce(T, { port, isSeeder, event: isStopping ? 'stopped' : 'none' }, lab.now);
        if (isStopping) alive.delete(port);
        else alive.set(port, { node, isSeeder });
        lab.run(50 * (random.uint32() % 40));
      }
      lab.delay = () => 10;
      lab.run(16 * 60_000);
      const expected = [...alive.keys()].sort((x, y) => x - y);
      const seeders = [...alive.values()].filter((peer) => peer.isSeeder).length;
      for (const node of lab.nodes) {
        expect(node.ports(T, lab.now)).to.deep.equal(expected);
        expect({ ...node.counts(T) }).to.include({ seeders, leechers: alive.size - seeders });
      }
      expectOwned(lab);
    }

    /** Nobody ever sent a peer that was not announced to it. */
    function expectOwned(lab: Lab): void {
      for (const { from, batch } of lab.batches) {
        const groups = new ShareGroups(batch.groups.bytes);
        while (groups.next()) {
          for (let i = 0, at = groups.listAt(0); i < groups.countOf(0); i++, at += 8) {
            expect(groups.bytes.readUInt16BE(at + 4) % 3).to.equal(from);
          }
        }
      }
    }

    it('ends with everybody knowing every peer as it is, and sends nothing of others', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => converge(seed)),
        { numRuns: 15 },
      );
    }).timeout(60_000);
  });
});
