import { expect } from 'chai';
import { udpSecretOf } from '../../node/udp-secret.ts';
import { UsageError } from '../../shared/errors.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { signerOf } from './plant-records.ts';

describe('node/udp-secret.ts', () => {
  it('is another for each key, and always the same for one', () => {
    const secrets = [1, 2, 1].map((seed) => udpSecretOf(undefined, signerOf(seed)));
    expect(secrets[0]).to.have.length(16).and.deep.equal(secrets[2]).and.not.deep.equal(secrets[1]);
  });

  it('is the same for all who have the file, whatever their keys', () => {
    using folder = new TemporaryFolder();
    const file = folder.write('secret', 'sixteen bytes...');
    expect(udpSecretOf(file, signerOf(1)))
      .to.have.length(16)
      .and.deep.equal(udpSecretOf(file, signerOf(2)));
  });

  it('refuses a file that is missing or short', () => {
    using folder = new TemporaryFolder();
    expect(() => udpSecretOf(folder.at('none'), signerOf(1))).to.throw(UsageError, 'none: no such file');
    const file = folder.write('secret', 'fifteen bytes..');
    expect(() => udpSecretOf(file, signerOf(1))).to.throw(UsageError, 'fewer than 16 bytes');
  });
});
