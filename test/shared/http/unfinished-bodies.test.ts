import { expect } from 'chai';
import { UnfinishedBodies } from '../../../shared/http/unfinished-bodies.ts';

describe('shared/http/unfinished-bodies.ts', () => {
  let dropped: string[];
  let bodies: UnfinishedBodies;
  beforeEach(() => {
    dropped = [];
    bodies = new UnfinishedBodies(10);
  });
  const begin = (name: string, bytes: number) => {
    const body = bodies.begin(() => dropped.push(name));
    body.grow(bytes);
    return body;
  };

  it('drops those begun first until the rest fits', () => {
    const all = ['a', 'b', 'c'].map((name) => begin(name, 3));
    expect(dropped).to.deep.equal([]);
    all[2]!.grow(5);
    expect(dropped).to.deep.equal(['a', 'b']);
    begin('d', 2);
    expect(dropped).to.deep.equal(['a', 'b']);
  });

  it('has room again for what others end, and counts an end once', () => {
    const first = begin('a', 8);
    for (let times = 0; times < 3; times++) first.end();
    begin('b', 8);
    expect(dropped).to.deep.equal([]);
    begin('c', 3);
    expect(dropped).to.deep.equal(['b']);
  });

  it('drops the one that is too much by itself', () => {
    begin('a', 11);
    expect(dropped).to.deep.equal(['a']);
    begin('b', 10);
    expect(dropped).to.deep.equal(['a']);
  });
});
