import { Resolver } from 'node:dns/promises';
import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { supernodesOf } from '../../../shared/network/dns-supernodes.ts';
import { startNameServer } from '../../helpers/name-server.ts';

const ID = 'ab'.repeat(32);

describe('shared/network/dns-supernodes.ts', () => {
  it('reads URLs, with or without the id of who is to answer, from TXT records at _anatomic', async () => {
    const asked: string[] = [];
    const found = await supernodesOf('example.org', async (name) => {
      asked.push(name);
      return [[`${ID}@https://a.example`, ' http://b.example:6970/'], ['http://c.example']];
    });
    expect(asked).to.deep.equal(['_anatomic.example.org']);
    expect(found).to.deep.equal([
      { url: 'https://a.example', id: ID },
      { url: 'http://b.example:6970', id: undefined },
      { url: 'http://c.example', id: undefined },
    ]);
  });

  it('leaves out what is no entry', async () => {
    const words = ['v=spf1', 'ftp://a.example', 'http://a.example/path', 'abcd@http://a.example', 'http://', ''];
    expect(await supernodesOf('example.org', async () => words.map((word) => [word]))).to.deep.equal([]);
  });

  it('reads no more than 64', async () => {
    const many = Array.from({ length: 100 }, (_, number) => [`http://${number}.example`]);
    expect(await supernodesOf('example.org', async () => many)).to.have.length(64);
  });

  it('asks a name server, and says which name has no such records', async () => {
    await using server = await startNameServer({ '_anatomic.example.org': [[`${ID}@http://a.`, 'example']] });
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([server.address]);
    const resolve = (name: string): Promise<string[][]> => resolver.resolveTxt(name);
    expect(await supernodesOf('example.org', resolve)).to.deep.equal([{ url: 'http://a.example', id: ID }]);
    const error: unknown = await supernodesOf('example.net', resolve).catch((reason: unknown) => reason);
    expect(error)
      .to.be.instanceOf(PublicError)
      .with.property('message')
      .that.includes('no TXT records at _anatomic.example.net: ')
      .and.includes('ENOTFOUND');
  });
});
