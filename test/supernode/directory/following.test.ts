import { expect } from 'chai';
import type { SupernodeEntry } from '../../../supernode/directory/entry.ts';
import { chooseFollowed, MAX_FOLLOWED } from '../../../supernode/directory/following.ts';
import { Registry } from '../../../supernode/directory/registry.ts';
import { START, signer, supernodeEntry } from '../records.ts';

const SELF = signer(100).id;

describe('supernode/directory/following.ts', () => {
  let known: Registry<SupernodeEntry>;
  const choose = (named: readonly number[] = [], welcome: (id: string) => boolean = () => true) => {
    const ids = named.map((number) => signer(number).id);
    const acquaintances = { isNamed: (id: string) => ids.includes(id), isWelcome: welcome };
    return chooseFollowed({ self: SELF, known: known.values(), acquaintances });
  };
  const chosen = (named: readonly number[] = []): readonly string[] => choose(named).chosen;

  beforeEach(() => {
    known = new Registry();
    for (let number = 1; number <= 12; number++) {
      known.put(supernodeEntry(signer(number)), START);
      known.note(signer(number).id, true, START);
    }
  });

  it('follows those that the operator named before others, and no more than it may', () => {
    for (const named of [1, 5, 12]) expect(chosen([named])[0]).to.equal(signer(named).id);
    expect(chosen([1, 5, 12])).to.have.length(MAX_FOLLOWED);
  });

  it('does not change its mind when another supernode appears, unless for that one', () => {
    const before = chosen();
    known.put(supernodeEntry(signer(50)), START);
    known.note(signer(50).id, true, START);
    expect(chosen().filter((id) => !before.includes(id))).to.have.length.at.most(1);
  });

  it('follows neither itself nor one that never answered or is down; a missed ping changes nothing', () => {
    const before = chosen();
    known.put(supernodeEntry(signer(100)), START);
    known.note(SELF, true, START);
    known.put(supernodeEntry(signer(60)), START);
    known.note(signer(1).id, false, START);
    expect(chosen()).to.deep.equal(before);
    for (let missed = 0; missed < 3; missed++) known.note(before[0]!, false, START);
    expect(chosen()).not.to.include(before[0]);
  });

  it('follows only those that are welcome, and tells the others apart', () => {
    const guests = [1, 2, 3].map((number) => signer(number).id);
    const { chosen, strangers } = choose([], (id) => guests.includes(id));
    expect(chosen).to.have.members(guests);
    expect(strangers).to.have.length(9);
  });
});
