import { expect } from 'chai';
import { printable } from '../../../shared/platform/printable.ts';

describe('shared/platform/printable.ts', () => {
  it('keeps letters of any script, and shows what a terminal would obey as a question mark', () => {
    expect(printable('Größe 大きさ.bin')).to.equal('Größe 大きさ.bin');
    expect(printable('a\x1b[31mb\nc\x7f\x9b')).to.equal('a?[31mb?c??');
    expect(printable('exe.\u202egpj')).to.equal('exe.?gpj');
    expect(printable('a\u200fb\u061cc\u2029d')).to.equal('a?b?c?d');
  });
});
