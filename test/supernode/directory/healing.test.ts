import { expect } from 'chai';
import type { Id } from '../../../shared/protocol/records/record.ts';
import type { ServiceState } from '../../../shared/protocol/records/statements.ts';
import { Brake } from '../../../supernode/directory/brake.ts';
import { MAX_ORPHANS } from '../../../supernode/directory/cases.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { Healing, type HealingTimes } from '../../../supernode/directory/healing.ts';
import { LocalHealth } from '../../../supernode/directory/local-health.ts';
import { Mortality } from '../../../supernode/directory/mortality.ts';
import { Observations } from '../../../supernode/directory/observations.ts';
import type { Care } from '../../../supernode/directory/torrent-care.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';

const T = hashOf('torrent');
const PLANTER = signer(200);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DEAD_AFTER_MS = 10 * MINUTE_MS;
const TIMES: HealingTimes = {
  rankDelayMs: 90_000,
  trimAfterMs: 24 * HOUR_MS,
  warmUpMs: DEAD_AFTER_MS,
  patienceMs: MINUTE_MS,
};
/** All nodes are dead that fell at START. */
const LATER = START + 2 * DEAD_AFTER_MS;

/** A supernode's view of ten nodes, of which two carry a torrent that is planted twice, under a clock that tests wind. */
class World {
  readonly directory = new Directory();
  readonly #mortality: Mortality;
  readonly healing: Healing;
  readonly brake: Brake;
  now = START;

  constructor(self: Id = signer(101).id) {
    const { nodes, supernodes } = this.directory;
    const health = new LocalHealth(START);
    const observations = new Observations(HOUR_MS);
    this.#mortality = new Mortality({ nodes, health, observations, deadAfterMs: DEAD_AFTER_MS });
    this.brake = new Brake({ nodes, windowMs: HOUR_MS });
    const { directory, brake } = this;
    const mortality = this.#mortality;
    const witnesses = (): Id[] => [101, 102, 103].map((number) => signer(number).id);
    this.healing = new Healing({
      self,
      directory,
      mortality,
      brake,
      witnesses,
      times: TIMES,
      startedAt: START - HOUR_MS,
    });
    for (let number = 1; number <= 10; number++) this.node(number, 'open');
    for (const number of [101, 102, 103]) {
      this.directory.put(supernodeEntry(signer(number)), START);
      supernodes.note(signer(number).id, true, START);
    }
    this.directory.put(plantEntry(PLANTER, T), START);
  }

  node(number: number, state: ServiceState): void {
    const seq = START + (state === 'open' ? 0 : 1);
    this.directory.put(nodeEntry(signer(number), { urls: [`http://10.${number}.0.1:6969`], state, seq }), START);
    this.directory.nodes.note(signer(number).id, true, START);
  }

  carry(...ids: Id[]): void {
    for (const id of ids) this.directory.put(receiptEntry(signer(numberOf(id)), T), this.now);
  }

  /** The others answer, these do not, ever since START. */
  windTo(now: number, silent: readonly Id[] = []): void {
    this.now = now;
    const { nodes, supernodes } = this.directory;
    for (const { entry } of supernodes.values()) supernodes.note(entry.author, true, now);
    for (const { entry } of nodes.values()) {
      if (silent.includes(entry.author)) for (let n = 0; n < 3; n++) nodes.note(entry.author, false, now);
      else nodes.note(entry.author, true, now);
    }
    this.#mortality.update(now);
  }

  /** The ranking of all nodes for the torrent. */
  ranking(): Id[] {
    const allocator = this.directory.candidates.allocator(START, () => true);
    return allocator.allocate({ infoHash: T, wanted: 10, carriers: new Set() });
  }

  care(): Care | undefined {
    return this.healing.next(this.now, 10)[0]?.care;
  }
}

function numberOf(id: Id): number {
  return Array.from({ length: 10 }, (_, index) => index + 1).find((number) => signer(number).id === id)!;
}

/** The supernodes in the order in which they care for the torrent. */
function ranked(): Id[] {
  const delays = [101, 102, 103].map((number) => {
    const world = new World(signer(number).id);
    const [first = '', second = ''] = world.ranking();
    world.carry(first, second);
    world.windTo(LATER, [second]);
    let waited = 0;
    while (world.care() === undefined) {
      waited += 90_000;
      world.windTo(LATER + waited, [second]);
    }
    return { id: signer(number).id, waited };
  });
  expect(delays.map(({ waited }) => waited).sort((a, b) => a - b)).to.deep.equal([0, 90_000, 180_000]);
  return delays.sort((a, b) => a.waited - b.waited).map(({ id }) => id);
}

describe('supernode/directory/healing.ts', () => {
  const first = ranked()[0]!;
  let world: World;
  let ranking: Id[];
  const at = (index: number): Id => ranking[index]!;

  beforeEach(() => {
    world = new World(first);
    ranking = world.ranking();
    world.carry(at(0), at(1));
  });

  it('leaves a torrent alone that has its carriers, also while one misses pings for minutes', () => {
    expect(world.care()).to.equal(undefined);
    world.windTo(START + DEAD_AFTER_MS, [at(1)]);
    expect(world.care()).to.equal(undefined);
  });

  it('has the next node in the ranking carry a torrent whose carrier is dead', () => {
    world.windTo(LATER, [at(1)]);
    expect(world.care()).to.deep.equal({ kind: 'short', keepers: [at(0)], targets: [at(2)], isUrgent: false });
  });

  it('makes all copies anew when all carriers are dead', () => {
    world.windTo(LATER, [at(0), at(1)]);
    expect(world.care()).to.deep.include({ kind: 'short', keepers: [], targets: [at(2), at(3)] });
  });

  it('waits for no supernode whose word does not count, however many there are', () => {
    const last = new World(ranked().at(-1)!);
    last.carry(at(0), at(1));
    for (let number = 104; number < 150; number++) last.directory.put(supernodeEntry(signer(number)), START);
    last.windTo(LATER + 2 * TIMES.rankDelayMs - 1, [at(1)]);
    expect(last.care()).to.equal(undefined);
    last.windTo(LATER + 4 * TIMES.rankDelayMs, [at(1)]);
    expect(last.care()?.kind).to.equal('short');
  });

  it('gives what it did a minute to show', () => {
    world.windTo(LATER, [at(1)]);
    expect(world.care()?.kind).to.equal('short');
    world.windTo(LATER + MINUTE_MS - 1, [at(1)]);
    expect(world.care()).to.equal(undefined);
    world.windTo(LATER + MINUTE_MS, [at(1)]);
    expect(world.care()?.kind).to.equal('short');
    world.carry(at(2));
    world.windTo(LATER + 2 * MINUTE_MS, [at(1)]);
    expect(world.care()).to.equal(undefined);
    expect(world.healing.cases).to.equal(0);
  });

  it('goes on after the clock was set back', () => {
    world.node(numberOf(at(0)), 'draining');
    world.windTo(START + 10 * HOUR_MS);
    expect(world.care()?.kind).to.equal('short');
    world.windTo(START + 5 * HOUR_MS);
    expect(world.care()?.kind).to.equal('short');
  });

  it('does nothing before it has watched for long enough', () => {
    const young = startedLater(at(1));
    expect(young.next(LATER + TIMES.warmUpMs - 1, 10)).to.deep.equal([]);
    world.windTo(LATER + TIMES.warmUpMs, [at(1)]);
    expect(young.next(LATER + TIMES.warmUpMs, 10)).to.have.length(1);
  });

  it('has watched for long enough, too, when the clock was set back to long before its start', () => {
    const young = startedLater(at(1));
    world.windTo(START);
    expect(young.next(START, 10)).to.deep.equal([]);
    world.windTo(START + TIMES.warmUpMs, [at(1)]);
    expect(young.next(START + TIMES.warmUpMs, 10)).to.have.length(1);
  });

  it('passes on uproots from the start', () => {
    const young = startedLater(at(9));
    world.windTo(LATER);
    world.directory.put(plantEntry(PLANTER, T, { copies: 0, seq: START + 1 }), LATER);
    expect(young.next(LATER, 10).map(({ care }) => care.kind)).to.deep.equal(['uprooted']);
  });

  it('heals nothing while the brake holds, but serves a node that drains', () => {
    const fallen = [at(1), at(8), at(9)];
    world.windTo(LATER, fallen);
    expect(world.care()).to.equal(undefined);
    world.brake.release(LATER);
    expect(world.care()?.kind).to.equal('short');

    world = new World(first);
    world.carry(at(0), at(1));
    world.node(numberOf(at(0)), 'draining');
    world.windTo(LATER, [at(7), at(8), at(9)]);
    expect(world.care()).to.deep.equal({ kind: 'short', keepers: [at(1), at(0)], targets: [at(2)], isUrgent: true });
  });

  it('releases a draining node once the copies are there, not before', () => {
    world.node(numberOf(at(0)), 'draining');
    expect(world.care()).to.deep.include({ kind: 'short', targets: [at(2)] });
    world.carry(at(2));
    const surplus = { kind: 'surplus', keepers: [at(1), at(2)], extra: [at(0)], isUrgent: true, isReady: true };
    expect(world.care()).to.deep.equal(surplus);
  });

  it('trims a carrier too many after a day: the lowest in the ranking, and only while all others are there', () => {
    world.carry(at(2));
    expect(world.care()).to.equal(undefined);
    world.windTo(START + TIMES.trimAfterMs - 1);
    expect(world.care()).to.equal(undefined);
    world.windTo(START + TIMES.trimAfterMs, [at(0)]);
    expect(world.care()).to.equal(undefined);
    world.windTo(START + TIMES.trimAfterMs + 1);
    expect(world.care()).to.deep.include({ kind: 'surplus', keepers: [at(0), at(1)], extra: [at(2)] });
  });

  it('asks the next node when one declines, for an hour', () => {
    world.windTo(LATER, [at(1)]);
    expect(world.care()).to.deep.include({ targets: [at(2)] });
    world.healing.decline(T, at(2), false, world.now);
    expect(world.care()).to.deep.include({ targets: [at(3)] });
    world.windTo(LATER + HOUR_MS, [at(1)]);
    expect(world.care()).to.deep.include({ targets: [at(2)] });
  });

  it('remembers who declined only until the torrent is well', () => {
    world.windTo(LATER, [at(1)]);
    expect(world.care()).to.deep.include({ targets: [at(2)] });
    world.healing.decline(T, at(2), false, world.now);
    world.carry(at(3));
    expect(world.care()).to.equal(undefined);
    world.windTo(LATER + HOUR_MS / 2, [at(1), at(3)]);
    expect(world.care()).to.deep.include({ targets: [at(2)] });
  });

  it('makes no copy in the place of one that was given up for good, until the torrent is planted anew', () => {
    world.windTo(LATER, [at(1)]);
    expect(world.care()).to.deep.include({ targets: [at(2)] });
    world.healing.decline(T, at(2), true, world.now);
    expect(world.care()).to.equal(undefined);
    world.windTo(LATER + 10 * HOUR_MS, [at(1)]);
    expect(world.care()).to.equal(undefined);
    world.directory.put(plantEntry(PLANTER, T, { seq: START + 1 }), world.now);
    expect(world.care()).to.deep.include({ targets: [at(2)] });
  });

  it('tells carriers of an uproot that they may not have heard of', () => {
    world.directory.put(plantEntry(PLANTER, T, { copies: 0, seq: START + 1 }), START);
    expect(world.care()).to.deep.equal({ kind: 'uprooted', carriers: [at(0), at(1)].sort(byCarrying) });
  });

  it('makes as many copies as the planter who wants most', () => {
    world.directory.put(plantEntry(signer(201), T, { copies: 4 }), START);
    expect(world.care()).to.deep.include({ kind: 'short', targets: [at(2), at(3)] });
  });

  it('takes no more torrents at once than it may, and goes on with the rest', () => {
    const others = plantMany(20);
    carryMany(others);
    const seen = new Set<string>();
    for (let pass = 0; pass < 40; pass++) {
      const due = world.healing.next(world.now, 3);
      expect(due.length).to.be.at.most(3);
      for (const { infoHash } of due) seen.add(infoHash);
      if (pass % 10 === 9) world.windTo(world.now + 3 * MINUTE_MS);
    }
    expect([...seen]).to.have.members(others);
  });

  it('judges so many torrents at once that nobody waits for it, and the others with the next pass', () => {
    const others = plantMany(700);
    carryMany(others);
    const found = new Set<string>();
    let passes = 0;
    for (; passes < 20 && world.healing.cases < others.length; passes++) {
      for (const { infoHash } of world.healing.next(world.now, 1000)) found.add(infoHash);
      if (passes === 0) expect(world.healing.cases).to.be.within(100, 600);
    }
    expect(passes).to.be.within(2, 7);
    expect(found.size).to.be.below(others.length);
  });

  it('cares for what no node was ever seen to carry at a tenth of the pace, and for the others at the same time', () => {
    const invented = plantMany(MAX_ORPHANS + 100, signer(7));
    const real = plantMany(30);
    carryMany(real);
    const due = new Set<string>();
    for (let pass = 0; pass < 60; pass++) {
      const found = world.healing.next(world.now, 20).map(({ infoHash }) => infoHash);
      expect(found.filter((infoHash) => !real.includes(infoHash)).length).to.be.at.most(2);
      for (const infoHash of found) due.add(infoHash);
      // By now it is this supernode's turn, whoever comes first.
      if (pass === 20) world.windTo(world.now + 2 * TIMES.rankDelayMs);
    }
    expect(world.healing.cases).to.equal(MAX_ORPHANS + real.length);
    expect([...due]).to.include.members(real);
    expect(due.size).to.be.above(real.length);
    for (const infoHash of invented) world.directory.remove({ type: 'plant', author: signer(7).id, subject: infoHash });
    for (let pass = 0; pass < 4; pass++) world.healing.next(world.now, 20);
    expect(world.healing.cases).to.equal(real.length);
  });

  /** Torrents that nobody carries yet, without the cost of signing each. */
  function plantMany(count: number, planter = PLANTER): string[] {
    const hashes = Array.from({ length: count }, (_, n) => hashOf(`${planter.id} ${n}`));
    const one = plantEntry(planter, T);
    for (const infoHash of hashes) {
      world.directory.put({ ...one, subject: infoHash, statement: { ...one.statement, infoHash } }, START);
    }
    return hashes;
  }

  /** One node carries them, and two should. */
  function carryMany(hashes: readonly string[]): void {
    const one = receiptEntry(signer(numberOf(at(0))), T);
    for (const infoHash of hashes) {
      world.directory.put({ ...one, subject: infoHash, statement: { ...one.statement, infoHash } }, START);
    }
  }

  function byCarrying(a: Id, b: Id): number {
    const order = [...world.directory.carriers.of(T)];
    return order.indexOf(a) - order.indexOf(b);
  }

  /** A healing that began later than the world, for which one node is dead. */
  function startedLater(dead: Id): Healing {
    const { directory, brake } = world;
    const mortality = { isDead: (id: Id) => id === dead } as Mortality;
    const parts = { directory, mortality, brake, times: TIMES, startedAt: LATER };
    return new Healing({ ...parts, self: first, witnesses: () => [] });
  }
});
