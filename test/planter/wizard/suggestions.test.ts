import { mkdirSync, symlinkSync } from 'node:fs';
import { expect } from 'chai';
import { chosenPath, cleanPath, suggestPaths } from '../../../planter/wizard/suggestions.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

describe('planter/wizard/suggestions.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
    for (const name of ['apple.bin', 'avocado.bin', 'pear.torrent', '.hidden', 'box/inner']) folder.write(name, 'x');
    mkdirSync(folder.at('it is'));
  });

  afterEach(() => folder.remove());

  it('takes a dropped path for what it was meant', () => {
    expect(cleanPath(` '/a/it is' `)).to.equal('/a/it is');
    expect(cleanPath('"/a/b"')).to.equal('/a/b');
    expect(cleanPath(String.raw`/a/it\ is\ \(1\)`)).to.equal('/a/it is (1)');
    expect(cleanPath('file:///a/it%20is')).to.equal('/a/it is');
    expect(cleanPath('file://%')).to.equal('file://%');
    expect(cleanPath(`half/'/a/b'`)).to.equal('/a/b');
  });

  it('offers links that lead nowhere or in a circle as they are', () => {
    symlinkSync(folder.at('circle'), folder.at('circle'));
    symlinkSync(folder.at('nothing'), folder.at('circus'));
    expect(suggestPaths('circ', folder.path)).to.deep.equal([folder.at('circle'), folder.at('circus')]);
    expect(suggestPaths('circle', folder.path)).to.deep.equal([folder.at('circle')]);
  });

  it('offers what is in the folder, without what is hidden', () => {
    expect(suggestPaths('', folder.path)).to.deep.equal(
      ['apple.bin', 'avocado.bin', 'box/', 'it is/', 'pear.torrent'].map((name) => folder.at(name)),
    );
    expect(suggestPaths('.h', folder.path)).to.deep.equal([folder.at('.hidden')]);
  });

  it('goes on with what was typed, from here or from anywhere', () => {
    expect(suggestPaths('a', folder.path)).to.deep.equal([folder.at('apple.bin'), folder.at('avocado.bin')]);
    expect(suggestPaths(folder.at('p'), '/')).to.deep.equal([folder.at('pear.torrent')]);
    expect(suggestPaths('box/', folder.path)).to.deep.equal([folder.at('box'), folder.at('box/inner')]);
  });

  it('offers first what is named already', () => {
    expect(suggestPaths('box', folder.path)[0]).to.equal(folder.at('box'));
    expect(suggestPaths('nowhere/x', folder.path)).to.deep.equal([]);
    expect(suggestPaths('a'.repeat(40), folder.path)).to.deep.equal(['a'.repeat(40)]);
  });

  it('drops the slash that only helps to type on', () => {
    expect(chosenPath('/a/b/')).to.equal('/a/b');
    expect(chosenPath('magnet:?xt=urn:btih:x')).to.equal('magnet:?xt=urn:btih:x');
  });
});
