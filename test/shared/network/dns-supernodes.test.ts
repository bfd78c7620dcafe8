import { expect } from 'chai';
import { supernodesOf } from '../../../shared/network/dns-supernodes.ts';
import { startNaming } from '../../../shared/network/naming.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';

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
});

describe('shared/network/naming.ts', () => {
  it('tells what each domain names, also when another one fails', async () => {
    const told: string[] = [];
    const naming = startNaming({
      domains: ['broken.example', 'good.example'],
      onNamed: ({ url }, domain) => told.push(`${domain} ${url}`),
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
      find: async (domain) => {
        if (domain === 'broken.example') throw new Error('no such name');
        return [{ url: 'http://a.example', id: undefined }];
      },
    });
    await naming.runNow();
    await naming.stop();
    expect(new Set(told)).to.deep.equal(new Set(['good.example http://a.example']));
  });

  it('stops without waiting for an answer', async () => {
    const naming = startNaming({
      domains: ['slow.example'],
      onNamed: () => expect.fail('told after the stop'),
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
      find: () => new Promise(() => undefined),
    });
    await naming.stop();
  });
});
