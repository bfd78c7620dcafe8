import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listContent } from '../../planter/content.ts';
import { PublicError } from '../../shared/errors.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

describe('planter/content.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('lists a single file', async () => {
    const file = folder.write('a.bin', 'hello');
    utimesSync(file, 1, 2);
    const files = [{ file, path: ['a.bin'], length: 5, modifiedMs: 2000 }];
    expect(await listContent(file)).to.deep.equal({ name: 'a.bin', isFolder: false, files, length: 5 });
  });

  it('lists a folder in byte order, without hidden files and junk', async () => {
    const names = ['b', 'a/z', 'a/é', 'a/Z', 'A', '.DS_Store', 'a/.hidden/x', 'Thumbs.db', 'a/desktop.ini', 'empty'];
    for (const name of names) folder.write(join('music', name), name === 'empty' ? '' : 'x');
    const { name, isFolder, files, length } = await listContent(`${folder.at('music')}/`);
    expect([name, isFolder, length]).to.deep.equal(['music', true, 5]);
    expect(files.map(({ path }) => path.join('/'))).to.deep.equal(['A', 'a/Z', 'a/z', 'a/é', 'b', 'empty']);
  });

  it('follows links, but not in a circle', async () => {
    const real = folder.write('elsewhere/file', 'abc');
    folder.write('album/one', 'x');
    symlinkSync(real, folder.at('album', 'two'));
    expect((await listContent(folder.at('album'))).files.map(({ length }) => length)).to.deep.equal([1, 3]);
    symlinkSync(folder.at('album'), folder.at('album', 'three'));
    expect(await failure(folder.at('album'))).to.include('in a circle');
  });

  it('names the link that leads nowhere', async () => {
    folder.write('album/one', 'x');
    symlinkSync(folder.at('nowhere'), folder.at('album', 'two'));
    expect(await failure(folder.at('album'))).to.equal(`${folder.at('album', 'two')}: no such file or folder`);
  });

  it('names what has a name that is no text', async () => {
    folder.write('album/one', 'x');
    const name = Buffer.concat([Buffer.from(folder.at('album/two')), Buffer.from([0xff])]);
    writeFileSync(name, 'x');
    expect(await failure(folder.at('album'))).to.match(/album\/two\ufffd: its name is not UTF-8.*rename it$/);
    expect(await failure(name.toString())).to.include('not UTF-8');
  });

  it('refuses what has nothing in it, or is neither file nor folder', async () => {
    folder.write('hidden/.only', 'x');
    expect(await failure(folder.at('hidden'))).to.include('nothing in it');
    expect(await failure(folder.write('empty', ''))).to.include('nothing in it');
    expect(await failure('/dev/null')).to.include('neither a file nor a folder');
    expect(await failure('/')).to.include('a torrent needs a name');
  });
});

async function failure(path: string): Promise<string> {
  const error: unknown = await listContent(path).catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(PublicError);
  return (error as PublicError).message;
}
