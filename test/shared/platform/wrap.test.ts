import { expect } from 'chai';
import { wrap } from '../../../shared/platform/wrap.ts';

describe('shared/platform/wrap.ts', () => {
  it('breaks between words, and leaves longer ones whole', () => {
    expect(wrap('one two three', 7)).to.deep.equal(['one two', 'three']);
    expect(wrap('one incomprehensible two', 7)).to.deep.equal(['one', 'incomprehensible', 'two']);
    expect(wrap('', 7)).to.deep.equal(['']);
  });

  it('keeps spaces that stand together, as in names of files', () => {
    expect(wrap('/a  b', 7)).to.deep.equal(['/a  b']);
  });
});
