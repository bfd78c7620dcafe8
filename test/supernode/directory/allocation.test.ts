import { expect } from 'chai';
import fc from 'fast-check';
import { Allocator, type Candidate } from '../../../supernode/directory/allocation.ts';
import { hashOf } from '../records.ts';

const NOBODY: ReadonlySet<string> = new Set();

function candidate(number: number, changes: Partial<Candidate> = {}): Candidate {
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

function choose(
  candidates: readonly Candidate[],
  options: { wanted?: number; carriers?: ReadonlySet<string>; except?: ReadonlySet<string>; name?: string } = {},
) {
  const { wanted = 3, carriers = NOBODY, except = NOBODY, name = 'a' } = options;
  return new Allocator(candidates).allocate({ infoHash: hashOf(name), wanted, carriers, except });
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

  it('gives a node of twice the weight about twice the torrents', () => {
    const candidates = [1, 2, 3].map((number) => candidate(number, { weight: number === 1 ? 200 : 100 }));
    let heavy = 0;
    for (let n = 0; n < 2000; n++) if (choose(candidates, { wanted: 1, name: `${n}` })[0] === 'node 1') heavy++;
    expect(heavy / 2000).to.be.within(0.45, 0.55);
  });
});
