import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SOFTWARE, VERSION } from '../../../shared/platform/software.ts';

describe('shared/platform/software.ts', () => {
  it('tells the version of the package, with and without the name', () => {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    expect(text).to.include(`"version": "${VERSION}"`);
    expect(SOFTWARE).to.equal(`anatomic/${VERSION}`);
  });
});
