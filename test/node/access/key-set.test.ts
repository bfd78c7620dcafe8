import { expect } from 'chai';
import fc from 'fast-check';
import { Key, KeySet } from '../../../node/access/key-set.ts';

function keyOf(words: readonly number[]): Key {
  const key = new Key();
  key.words.set(words);
  return key;
}

describe('node/access/key-set.ts', () => {
  it('holds what was added and nothing else, as a set of objects does', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fffffff), fc.integer());
    const words = fc.tuple(word, word, word, word, word);
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 60 }),
        fc.array(words, { maxLength: 60 }),
        fc.integer(),
        (added, asked, seed) => {
          const set = new KeySet(added.length, seed);
          for (const key of added) set.add(keyOf(key));
          const model = new Set(added.map(String));
          expect(set.count).to.equal(model.size);
          for (const key of [...added, ...asked]) expect(set.has(keyOf(key))).to.equal(model.has(String(key)));
        },
      ),
    );
  });

  it('tells apart keys that differ in one bit', () => {
    const set = new KeySet(1, 7);
    set.add(keyOf([1, 2, 3, 4, 5]));
    for (let bit = 0; bit < 160; bit++) {
      const key = keyOf([1, 2, 3, 4, 5]);
      key.words[bit >> 5]! ^= 1 << (bit & 31);
      expect(set.has(key)).to.equal(false);
    }
  });

  it('takes as many keys as it was made for; known ones are no more', () => {
    const set = new KeySet(2, 1);
    set.add(keyOf([0, 0, 0, 0, 0]));
    set.add(keyOf([0, 0, 0, 0, 1]));
    set.add(keyOf([0, 0, 0, 0, 0]));
    expect(() => set.add(keyOf([0, 0, 0, 0, 2]))).to.throw(RangeError);
    expect(new KeySet(0, 1).has(keyOf([0, 0, 0, 0, 0]))).to.equal(false);
  });
});
