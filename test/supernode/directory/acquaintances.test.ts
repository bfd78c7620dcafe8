import { expect } from 'chai';
import { Acquaintances } from '../../../supernode/directory/acquaintances.ts';

const nobody = (): boolean => false;

describe('supernode/directory/acquaintances.ts', () => {
  it('welcomes everybody when the operator named nobody', () => {
    expect(new Acquaintances({ areNamed: false, wasFollowed: nobody }).isWelcome('x')).to.equal(true);
  });

  it('welcomes those that were named, and those that two of them know', () => {
    const acquaintances = new Acquaintances({ areNamed: true, wasFollowed: nobody });
    acquaintances.note('http://a', 'a', ['x', 'y']);
    acquaintances.note('http://b', 'b', ['y', 'z']);
    acquaintances.note('http://c', 'c', ['a']);
    expect(['a', 'b', 'c', 'x', 'y', 'z'].filter((id) => acquaintances.isWelcome(id))).to.deep.equal([
      'a',
      'b',
      'c',
      'y',
    ]);
    expect(acquaintances.isNamed('a')).to.equal(true);
    expect(acquaintances.isNamed('y')).to.equal(false);
  });

  it('takes the word of one when only one is named, until it says otherwise', () => {
    const acquaintances = new Acquaintances({ areNamed: true, wasFollowed: nobody });
    acquaintances.note('http://a', 'a', ['x']);
    expect(acquaintances.isWelcome('x')).to.equal(true);
    acquaintances.note('http://a', 'a', []);
    expect(acquaintances.isWelcome('x')).to.equal(false);
  });

  it('makes do with those followed before while none of the named ones answers', () => {
    const acquaintances = new Acquaintances({ areNamed: true, wasFollowed: (id) => id === 'old' });
    expect(acquaintances.isWelcome('old')).to.equal(true);
    expect(acquaintances.isWelcome('new')).to.equal(false);
    acquaintances.note('http://a', 'a', []);
    expect(acquaintances.isWelcome('old')).to.equal(false);
  });

  it('has no more than one voice for each URL, however many ids answer there, and none for one that is no longer named', () => {
    const acquaintances = new Acquaintances({ areNamed: true, wasFollowed: nobody });
    acquaintances.note('http://a', 'a', []);
    acquaintances.note('http://b', 'b', ['x']);
    acquaintances.note('http://b', 'c', ['x']);
    expect(['b', 'c', 'x'].filter((id) => acquaintances.isWelcome(id))).to.deep.equal(['c']);
    acquaintances.note('http://d', 'c', ['x']);
    expect(acquaintances.isWelcome('x')).to.equal(false);
    acquaintances.note('http://d', 'd', ['x']);
    expect(acquaintances.isWelcome('x')).to.equal(true);
    acquaintances.forget('http://d');
    expect(acquaintances.isWelcome('x')).to.equal(false);
    expect(acquaintances.isNamed('d')).to.equal(false);
  });
});
