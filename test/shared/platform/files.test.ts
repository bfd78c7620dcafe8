import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import {
  createAtomically,
  fileError,
  hasCode,
  isThere,
  makeFolder,
  placeError,
  writeAtomically,
} from '../../../shared/platform/files.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

describe('shared/platform/files.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('replaces a file and leaves nothing else behind', async () => {
    const file = folder.write('a', 'old');
    await writeAtomically(file, 'new', 0o600);
    expect(readFileSync(file, 'utf8')).to.equal('new');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readdirSync(folder.path)).to.deep.equal(['a']);
  });

  it('gives a file exactly the mode that is asked for, and else what the umask leaves', async () => {
    const umask = process.umask(0o022);
    try {
      await writeAtomically(folder.at('a'), '', 0o664);
      await writeAtomically(folder.at('b'), '');
    } finally {
      process.umask(umask);
    }
    expect(['a', 'b'].map((name) => statSync(folder.at(name)).mode & 0o777)).to.deep.equal([0o664, 0o644]);
  });

  it('replaces a file whose name is as long as a name can be', async () => {
    const file = folder.at(`${'長'.repeat(82)}.torrent`);
    for (const bytes of ['old', 'new']) await writeAtomically(file, bytes);
    expect(readFileSync(file, 'utf8')).to.equal('new');
  });

  it('makes a file that is not there, once', async () => {
    const file = folder.at('a');
    const outcomes = await Promise.allSettled(['one', 'two'].map((bytes) => createAtomically(file, bytes, 0o600)));
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    const [lost] = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).to.have.property('code', 'EEXIST');
    expect(readFileSync(file, 'utf8')).to.equal(outcomes[0]?.status === 'fulfilled' ? 'one' : 'two');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readdirSync(folder.path)).to.deep.equal(['a']);
  });

  it('leaves nothing behind when it fails', async () => {
    mkdirSync(folder.at('taken'));
    const error: unknown = await writeAtomically(folder.at('taken'), 'new').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
    expect(readdirSync(folder.path)).to.deep.equal(['taken']);
  });

  it('makes a folder with those above it', () => {
    for (const _ of ['missing', 'there']) makeFolder(folder.at('a/b/c'), 0o700);
    expect(statSync(folder.at('a/b/c')).mode & 0o777).to.equal(0o700);
  });

  it('makes no folder where a file is, nor below /proc', () => {
    const file = folder.write('a', '');
    expect(() => makeFolder(file)).to.throw('EEXIST');
    expect(() => makeFolder(`${file}/b`)).to.throw(/ENOTDIR|EEXIST/);
    expect(() => makeFolder('/proc/anatomic/b')).to.throw('/proc/anatomic');
  });

  it('says whether something is there', async () => {
    expect(await isThere(folder.write('a', ''))).to.equal(true);
    expect(await isThere(folder.at('b'))).to.equal(false);
    expect(await isThere(folder.at('a/b'))).to.equal(false);
  });

  it('tells why a call failed by its code', async () => {
    const error: unknown = await createAtomically(folder.at('a/b'), '', 0o600).catch((reason: unknown) => reason);
    expect([hasCode(error, 'ENOENT'), hasCode(error, 'EEXIST'), hasCode('ENOENT', 'ENOENT')]).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect(placeError(folder.at('a/b'), error)).to.have.property(
      'message',
      `${folder.at('a')}: no such file or folder`,
    );
    const denied = Object.assign(new Error('EACCES: raw'), { code: 'EACCES', syscall: 'open' });
    expect(placeError(folder.at('a/b'), denied)).to.have.property('message', `${folder.at('a/b')}: permission denied`);
  });

  it('has words for errors of the file system, and leaves others alone', () => {
    const missing = Object.assign(new Error('ENOENT: raw'), { code: 'ENOENT', syscall: 'open' });
    expect(fileError('x', missing)).to.be.instanceOf(PublicError).with.property('message', 'x: no such file or folder');
    const rare = Object.assign(new Error('EXDEV: raw'), { code: 'EXDEV', syscall: 'rename' });
    expect(fileError('x', rare)).to.have.property('message', 'x: EXDEV: raw');
    const defect = new TypeError('x');
    expect(fileError('x', defect)).to.equal(defect);
  });
});
