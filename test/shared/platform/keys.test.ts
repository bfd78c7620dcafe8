import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createSigner, loadOrCreateSigner } from '../../../shared/platform/keys.ts';

describe('shared/platform/keys.ts', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'anatomic-keys-'));
    file = join(directory, 'data', 'key.pem');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('makes the key and the signature of RFC 8032, section 7.1, test 2', () => {
    const signer = createSigner(Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex'));
    expect(signer.id).to.equal('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    expect(Buffer.from(signer.sign(Buffer.from('72', 'hex'))).toString('hex')).to.equal(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });

  it('makes a new key without a seed', () => {
    expect(createSigner().id).to.match(/^[0-9a-f]{64}$/);
    expect(createSigner().id).to.not.equal(createSigner().id);
  });

  it('refuses a seed of another length', () => {
    expect(() => createSigner(Buffer.alloc(31))).to.throw(RangeError, '32 bytes, not 31');
  });

  it('makes the file and its directory for their owner alone, and nothing beside it', async () => {
    await loadOrCreateSigner(file);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await stat(join(directory, 'data'))).mode & 0o077).to.equal(0);
    expect(await readdir(join(directory, 'data'))).to.deep.equal(['key.pem']);
  });

  it('loads the same key again, whose signatures verify', async () => {
    const { id } = await loadOrCreateSigner(file);
    const signer = await loadOrCreateSigner(file);
    expect(signer.id).to.equal(id);
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(id, 'hex').toString('base64url') },
      format: 'jwk',
    });
    expect(verify(null, Buffer.from('hello'), publicKey, signer.sign(Buffer.from('hello')))).to.equal(true);
  });

  it('gives everybody the same key when several start at once', async () => {
    const signers = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateSigner(file)));
    expect(new Set(signers.map(({ id }) => id)).size).to.equal(1);
    expect(await readdir(join(directory, 'data'))).to.deep.equal(['key.pem']);
  });

  for (const [name, text, message] of [
    ['rubbish', 'not a key\n', 'does not hold a private key'],
    ['nothing', '', 'does not hold a private key'],
    [
      'a key of another kind',
      // An X25519 key: RFC 8410, OID 1.3.101.110.
      `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), Buffer.alloc(32, 8)]).toString('base64')}\n-----END PRIVATE KEY-----\n`,
      'a key of type x25519, not ed25519',
    ],
  ] as const) {
    it(`refuses a file that holds ${name} and never overwrites it`, async () => {
      const broken = join(directory, 'key.pem');
      await writeFile(broken, text);
      const error = await loadOrCreateSigner(broken).catch((caught: unknown) => caught);
      expect(error).to.be.an('error').with.property('message').that.includes(message).and.includes(broken);
      expect(await readFile(broken, 'utf8')).to.equal(text);
    });
  }

  it('names a file that cannot be read', async () => {
    const error = await loadOrCreateSigner(directory).catch((caught: unknown) => caught);
    expect(error).to.be.an('error').with.property('message', `cannot read the key file ${directory}: it is a folder`);
  });

  it('says which folder stands in the way of a new key', async () => {
    const parent = join(directory, 'file');
    await writeFile(parent, '');
    const inside = join(parent, 'key.pem');
    const error = await loadOrCreateSigner(inside).catch((caught: unknown) => caught);
    expect(error)
      .to.be.an('error')
      .with.property('message', `cannot read the key file ${inside}: ${parent}: no such file or folder`);
  });
});
