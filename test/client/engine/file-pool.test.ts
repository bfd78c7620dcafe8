import { mkdirSync } from 'node:fs';
import { expect } from 'chai';
import { FilePool } from '../../../client/engine/file-pool.ts';
import { PublicError } from '../../../shared/errors.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

describe('client/engine/file-pool.ts', () => {
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
