import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { FilePool } from '../../../client/engine/file-pool.ts';
import { PublicError } from '../../../shared/errors.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

describe('client/engine/file-pool.ts', () => {
  it('writes to more files at once than it holds open, and reads them', async () => {
    using folder = new TemporaryFolder();
    const pool = new FilePool(false);
    const names = Array.from({ length: 300 }, (_, index) => folder.at('many', `${index}`));
    await Promise.all(names.map((name) => pool.write(name, Buffer.from(name), 0)));
    const read = names.map(async (name) => {
      const bytes = Buffer.alloc(name.length);
      await pool.read(name, bytes, 0);
      return bytes.toString();
    });
    expect(await Promise.all(read)).to.deep.equal(names);
    await pool.close();
    expect(names.map((name) => readFileSync(name, 'utf8'))).to.deep.equal(names);
  });

  it('opens nothing after it was closed, for whoever waited neither', async () => {
    using folder = new TemporaryFolder();
    const pool = new FilePool(false);
    const names = Array.from({ length: 100 }, (_, index) => folder.at(`${index}`));
    const writing = Promise.allSettled(names.map((name) => pool.write(name, Buffer.from('x'), 0)));
    await pool.close();
    const failures = (await writing).filter(({ status }) => status === 'rejected');
    expect(failures.length).to.be.at.least(names.length - 32);
    expect(readdirSync(folder.path).length).to.be.at.most(32);
  });

  it('says in words for the user which file cannot be written', async () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.at('taken'));
    const pool = new FilePool(false);
    const error: unknown = await pool.write(folder.at('taken'), Buffer.from('x'), 0).catch((reason: unknown) => reason);
    await pool.close();
    expect(error).to.be.instanceOf(PublicError);
    expect(error).to.have.property('message', `${folder.at('taken')}: it is a folder`);
  });
});
