import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import type { SupernodePing } from '../../../shared/http/supernode-client.ts';
import type { NamedSupernode } from '../../../shared/network/named-supernode.ts';
import { findSupernodes } from '../../../shared/network/supernodes.ts';

const URL_1 = 'http://192.0.2.1:6970';
const URL_2 = 'http://192.0.2.2:6970';
const URL_3 = 'http://192.0.2.3:6970';

describe('shared/network/supernodes.ts', () => {
  it('finds those that answer in the order given, each once, and says why others failed', async () => {
    const answers = { [URL_1]: { id: 'a', urls: [URL_1] }, [URL_3]: { id: 'a', urls: [URL_1, URL_3] } };
    const { supernodes, failures } = await findSupernodes([URL_2, URL_3, URL_1].map(anybodyAt), fakeClient(answers));
    expect(supernodes).to.deep.equal([{ id: 'a', url: URL_3, publicUrl: URL_3 }]);
    expect(failures).to.deep.equal([`${URL_2}: connection refused`]);
  });

  it('writes down the URL that a supernode says of itself when it was asked under another', async () => {
    const client = fakeClient({ 'http://localhost:6970/': { id: 'a', urls: [URL_1] } });
    const { supernodes } = await findSupernodes([anybodyAt('http://localhost:6970/')], client);
    expect(supernodes).to.deep.equal([{ id: 'a', url: 'http://localhost:6970', publicUrl: URL_1 }]);
  });

  it('takes nobody but the one that is meant', async () => {
    const expected: (string | undefined)[] = [];
    const client = {
      ping: async (_url: string, id?: string): Promise<SupernodePing> => {
        expected.push(id);
        throw new PublicError('author', 'somebody else answers');
      },
    };
    const { supernodes, failures } = await findSupernodes([{ url: URL_1, id: 'a' }], client);
    expect([supernodes, failures, expected]).to.deep.equal([[], ['somebody else answers'], ['a']]);
  });

  it('asks eight at once, and the next eight only while none has answered', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `http://s${index}`);
    const asked: string[] = [];
    const client = fakeClient({ 'http://s9': { id: 'a', urls: ['http://s9'] } }, asked);
    const { supernodes } = await findSupernodes(many.map(anybodyAt), client);
    expect(supernodes.map(({ url }) => url)).to.deep.equal(['http://s9']);
    expect(asked).to.deep.equal(many.slice(0, 16));
  });

  it('asks a bounded number', async () => {
    const asked: string[] = [];
    const many = Array.from({ length: 1000 }, (_, index) => anybodyAt(`http://s${index}`));
    await findSupernodes(many, fakeClient({}, asked));
    expect(asked).to.have.length(64);
  });
});

function anybodyAt(url: string): NamedSupernode {
  return { url, id: undefined };
}

function fakeClient(answers: Record<string, { id: string; urls: string[] }>, asked: string[] = []) {
  return {
    ping: async (url: string): Promise<SupernodePing> => {
      asked.push(url);
      const answer = answers[url];
      const cause = new Error(`${url}: connection refused`);
      if (answer === undefined) throw new PublicError('unreachable', 'it does not answer', { cause });
      return { id: answer.id, statement: { urls: answer.urls } } as unknown as SupernodePing;
    },
  };
}
