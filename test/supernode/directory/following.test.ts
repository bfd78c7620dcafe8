import { expect } from 'chai';
import type { SupernodeEntry } from '../../../supernode/directory/entry.ts';
import { chooseFollowed, MAX_FOLLOWED } from '../../../supernode/directory/following.ts';
import { Registry } from '../../../supernode/directory/registry.ts';
import { START, signer, supernodeEntry } from '../records.ts';

const SELF = signer(100).id;

describe('supernode/directory/following.ts', () => {
  let known: Registry<SupernodeEntry>;
  const choose = (configured: readonly number[] = []): string[] =>
    chooseFollowed({ self: SELF, known: known.values(), configured: new Set(configured.map((n) => signer(n).id)) });

  beforeEach(() => {
    known = new Registry();
    for (let number = 1; number <= 12; number++) {
      known.put(supernodeEntry(signer(number)), START);
      known.note(signer(number).id, true, START);
    }
  });

  it('follows those that the operator named before others, and no more than it may', () => {
    for (const named of [1, 5, 12]) expect(choose([named])[0]).to.equal(signer(named).id);
    expect(choose([1, 5, 12])).to.have.length(MAX_FOLLOWED);
  });

  it('does not change its mind when another supernode appears, unless for that one', () => {
    const before = choose();
    known.put(supernodeEntry(signer(50)), START);
    known.note(signer(50).id, true, START);
    expect(choose().filter((id) => !before.includes(id))).to.have.length.at.most(1);
  });

  it('follows neither itself nor one that never answered or is down; a missed ping changes nothing', () => {
    const before = choose();
    known.put(supernodeEntry(signer(100)), START);
    known.note(SELF, true, START);
    known.put(supernodeEntry(signer(60)), START);
    known.note(signer(1).id, false, START);
    expect(choose()).to.deep.equal(before);
    for (let missed = 0; missed < 3; missed++) known.note(before[0]!, false, START);
    expect(choose()).not.to.include(before[0]);
  });
});
