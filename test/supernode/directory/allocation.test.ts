import { expect } from 'chai';
import fc from 'fast-check';
import { groupKey, rank } from '../../../shared/protocol/sets/rendezvous.ts';
import { type AllocationQuestion, Allocator, type Candidate } from '../../../supernode/directory/allocation.ts';
import { type Prefixes, prefixesOf } from '../../../supernode/directory/prefixes.ts';
import { Rankings } from '../../../supernode/directory/rankings.ts';
import { hashOf } from '../records.ts';

const NOBODY: ReadonlySet<string> = new Set();

/** A candidate before its place is looked up. */
type Node = Omit<Candidate, keyof Prefixes> & { readonly host: string };

function candidate(number: number, changes: Partial<Node> = {}): Node {
  return {
    id: `node ${number}`,
    weight: 100,
    host: `10.${number}.0.1`,
    operator: undefined,
    carried: 0,
    isOpen: true,
    ...changes,
  };
}

function allocatorOver(nodes: readonly Node[], rankings = new Rankings()): Allocator {
  for (const id of rankings.ids()) if (nodes.every((node) => node.id !== id)) rankings.remove(id);
  for (const { id, weight } of nodes) rankings.set(id, weight);
  const placed = new Map(nodes.map((node) => [node.id, { ...node, ...prefixesOf(node.host) }]));
  return new Allocator({
    rankings,
    candidate: (id) => placed.get(id),
    totalCarried: nodes.reduce((sum, { carried }) => sum + carried, 0),
    totalWeight: nodes.reduce((sum, { weight }) => sum + weight, 0),
  });
}

/** The same choice, made by going through lists of all nodes. */
function chooseNaively(nodes: readonly Node[], { infoHash, wanted, carriers, except }: AllocationQuestion): string[] {
  const carried = nodes.reduce((sum, node) => sum + node.carried, 0);
  const weight = nodes.reduce((sum, node) => sum + node.weight, 0);
  const isOverloaded = (node: Node): boolean => node.carried > Math.max(64, (1.25 * carried * node.weight) / weight);
  const placeOf = (node: Node) => prefixesOf(node.host);
  const ranked = rank(groupKey(infoHash), nodes).map((id) => nodes.find((node) => node.id === id)!);
  const chosen = ranked.filter(({ id }) => carriers.has(id)).slice(0, wanted);
  const others = ranked.filter(({ id, isOpen }) => isOpen && !carriers.has(id) && !except?.has(id));
  const inOrder = [...others.filter((node) => !isOverloaded(node)), ...others.filter(isOverloaded)];
  const isNear = (a: Node, b: Node): boolean =>
    placeOf(a).narrow === placeOf(b).narrow || (a.operator !== undefined && a.operator === b.operator);
  for (const isTooNear of [
    (a: Node, b: Node) => placeOf(a).wide === placeOf(b).wide || isNear(a, b),
    isNear,
    () => false,
  ]) {
    for (const node of inOrder) {
      if (chosen.length >= wanted || chosen.includes(node) || chosen.some((other) => isTooNear(node, other))) continue;
      chosen.push(node);
    }
  }
  return chosen.map(({ id }) => id);
}

function choose(
  candidates: readonly Node[],
  options: { wanted?: number; carriers?: ReadonlySet<string>; except?: ReadonlySet<string>; name?: string } = {},
) {
  const { wanted = 3, carriers = NOBODY, except = NOBODY, name = 'a' } = options;
  return allocatorOver(candidates).allocate({ infoHash: hashOf(name), wanted, carriers, except });
}

const manyCandidates = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 0, max: 40 }).map((number) => `node ${number}`),
    weight: fc.integer({ min: 1, max: 1000 }),
    host: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.1.1', '10.1.0.1', '2001:db8::1', '2001:db8:1::1', 'a.example'),
    operator: fc.constantFrom(undefined, 'operator 1', 'operator 2'),
    carried: fc.integer({ min: 0, max: 1000 }),
    isOpen: fc.constant(true),
  }),
  { selector: ({ id }) => id, maxLength: 20 },
);

describe('supernode/directory/allocation.ts', () => {
  it('names as many different nodes as wanted, or all there are', () => {
    fc.assert(
      fc.property(manyCandidates, fc.integer({ min: 0, max: 10 }), (candidates, wanted) => {
        const chosen = choose(candidates, { wanted });
        expect(chosen).to.have.length(Math.min(wanted, candidates.length));
        expect(new Set(chosen).size).to.equal(chosen.length);
      }),
    );
  });

  it('comes out as a naive choice does, while nodes come, go and change', () => {
    const scene = fc.record({
      nodes: manyCandidates.map((nodes) => nodes.map((node, index) => ({ ...node, isOpen: index % 3 !== 0 }))),
      name: fc.constantFrom('a', 'b', 'c'),
      wanted: fc.nat(10),
      carriers: fc.uniqueArray(fc.nat(40), { maxLength: 5 }),
      except: fc.uniqueArray(fc.nat(40), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(scene, { minLength: 1, maxLength: 8 }), (scenes) => {
        const rankings = new Rankings();
        for (const { nodes, name, wanted, carriers, except } of scenes) {
          const ids = (numbers: readonly number[]) => new Set(numbers.map((number) => `node ${number}`));
          const question = { infoHash: hashOf(name), wanted, carriers: ids(carriers), except: ids(except) };
          expect(allocatorOver(nodes, rankings).allocate(question)).to.deep.equal(chooseNaively(nodes, question));
        }
      }),
    );
  });

  it('moves only the torrents of a node that goes', () => {
    const nodes = Array.from({ length: 50 }, (_, number) => candidate(number));
    const [before, after] = [allocatorOver(nodes), allocatorOver(nodes.slice(1))];
    let moved = 0;
    for (let n = 0; n < 500; n++) {
      const question = { infoHash: hashOf(`${n}`), wanted: 3, carriers: NOBODY };
      const [first, second] = [before.allocate(question), after.allocate(question)];
      if (first.includes('node 0')) {
        moved++;
        expect(second).to.include.members(first.filter((id) => id !== 'node 0'));
      } else expect(second).to.deep.equal(first);
    }
    expect(moved).to.be.within(1, 100);
  });

  it('does not depend on the order in which the nodes are known', () => {
    fc.assert(
      fc.property(manyCandidates, (candidates) => {
        expect(choose([...candidates].reverse())).to.deep.equal(choose(candidates));
      }),
    );
  });

  it('names those that carry the torrent first', () => {
    const candidates = [1, 2, 3, 4, 5, 6].map((number) => candidate(number));
    const carriers = new Set(['node 4', 'node 6', 'node of somebody else']);
    expect(choose(candidates, { carriers }).slice(0, 2).sort()).to.deep.equal(['node 4', 'node 6']);
  });

  it('comes out the same again once those that it named carry the torrent', () => {
    fc.assert(
      fc.property(manyCandidates, (candidates) => {
        const first = choose(candidates);
        expect([...choose(candidates, { carriers: new Set(first) })].sort()).to.deep.equal([...first].sort());
      }),
    );
  });

  it('takes no two nodes of one /24 or /48 while there are others', () => {
    const crowd = Array.from({ length: 20 }, (_, n) => candidate(n, { host: `192.0.2.${n}` }));
    const crowd6 = Array.from({ length: 20 }, (_, n) => candidate(100 + n, { host: `2001:db8:0:${n}::1` }));
    for (const name of ['a', 'b', 'c', 'd']) {
      const chosen = choose([...crowd, ...crowd6, candidate(50)], { name });
      expect(chosen).to.include('node 50');
      expect(chosen.filter((id) => crowd.some((other) => other.id === id))).to.have.length(1);
    }
  });

  it('takes no two nodes of one operator while there are others', () => {
    const chain = Array.from({ length: 20 }, (_, n) => candidate(n, { operator: 'operator 1' }));
    const chosen = choose([...chain, candidate(50), candidate(51, { operator: 'operator 2' })]);
    expect(chosen).to.include.members(['node 50', 'node 51']);
  });

  it('names a closed node only when it carries the torrent, and none that it is told to leave out', () => {
    const candidates = [1, 2, 3, 4].map((number) => candidate(number, { isOpen: number > 2 }));
    expect(choose(candidates, { carriers: new Set(['node 1']) }).sort()).to.deep.equal(['node 1', 'node 3', 'node 4']);
    expect(choose(candidates, { except: new Set(['node 3']) })).to.deep.equal(['node 4']);
  });

  it('keeps two nodes of one network apart from a carrier in it', () => {
    const candidates = [1, 2, 3].map((number) => candidate(number, { host: number < 3 ? '10.0.0.1' : '10.1.0.1' }));
    for (const carrier of ['node 1', 'node 2']) {
      expect(choose(candidates, { wanted: 2, carriers: new Set([carrier]) })).to.deep.equal([carrier, 'node 3']);
    }
  });

  it('avoids a second node of one /16', () => {
    const near = Array.from({ length: 20 }, (_, n) => candidate(n, { host: `10.9.${n}.1` }));
    const chosen = choose([...near, candidate(50), candidate(51)]);
    expect(chosen).to.include.members(['node 50', 'node 51']);
  });

  it('takes nodes of one network when there are no others', () => {
    const candidates = [1, 2, 3].map((number) => candidate(number, { host: '127.0.0.1' }));
    expect(choose(candidates).sort()).to.deep.equal(['node 1', 'node 2', 'node 3']);
  });

  it('passes over a node with more than 1.25 times its share while there are others', () => {
    const candidates = [1, 2, 3, 4].map((number) => candidate(number, { carried: number === 2 ? 200 : 100 }));
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(choose(candidates, { name })).not.to.include('node 2');
    expect(choose(candidates, { wanted: 4 })).to.include('node 2');
  });

  it('gives each node its share of the groups by weight, within three standard deviations', () => {
    const weights = [50, 100, 100, 200, 550];
    const allocator = allocatorOver(weights.map((weight, number) => candidate(number, { weight })));
    const groups = 4096;
    const counts = weights.map(() => 0);
    for (let group = 0; group < groups; group++) {
      const infoHash = group.toString(16).padStart(3, '0') + '0'.repeat(37);
      const [first] = allocator.allocate({ infoHash, wanted: 1, carriers: NOBODY });
      counts[Number(first!.slice('node '.length))]!++;
    }
    for (const [number, weight] of weights.entries()) {
      const share = weight / 1000;
      const deviation = Math.sqrt(groups * share * (1 - share));
      expect(Math.abs(counts[number]! - groups * share)).to.be.below(3 * deviation);
    }
  });
});
