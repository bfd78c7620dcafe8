import { expect } from 'chai';
import { asMarkdown, asText, spaced } from '../../../bench/shared/tables.ts';

const TABLE = {
  wordColumns: 1,
  head: ['tracker', 'n'],
  rows: [
    ['a', '1 234'],
    ['longest name', '5'],
  ],
};

describe('bench/shared/tables.ts', () => {
  it('aligns words to the left and numbers to the right', () => {
    expect(asText(TABLE)).to.equal(['tracker           n', 'a             1 234', 'longest name      5'].join('\n'));
  });

  it('writes a Markdown table with the same alignment', () => {
    const lines = ['| tracker | n |', '| --- | ---: |', '| a | 1 234 |', '| longest name | 5 |'];
    expect(asMarkdown(TABLE)).to.equal(lines.join('\n'));
  });

  it('groups thousands', () => {
    expect([0, 999, 1000, 1234567.6].map(spaced)).to.deep.equal(['0', '999', '1 000', '1 234 568']);
  });
});
