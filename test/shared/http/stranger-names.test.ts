import { expect } from 'chai';
import type { Resolve } from '../../../shared/http/resolve.ts';
import { createStrangerResolve, MAX_WAITING, REOPEN_MS } from '../../../shared/http/stranger-names.ts';

const V4 = { address: '93.184.216.34', family: 4 };
const V6 = { address: '2606:2800::1', family: 6 };
const OWN = { address: '10.0.0.7', family: 4 };

const failWith = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
const failureOf = (promise: Promise<unknown>): Promise<{ code?: string; message: string }> =>
  promise.then(
    () => expect.fail('it resolved'),
    (error) => error,
  );

describe('shared/http/stranger-names.ts', () => {
  let now: number;
  let opened: number;
  let asked: string[];
  let resolve4: () => Promise<string[]>;
  let resolve6: () => Promise<string[]>;
  let system: Resolve;
  let resolve: Resolve;

  beforeEach(() => {
    now = 0;
    opened = 0;
    asked = [];
    resolve4 = async () => [V4.address];
    resolve6 = async () => [V6.address];
    system = async (host) => {
      asked.push(host);
      return [OWN];
    };
    resolve = createStrangerResolve({
      open: () => {
        opened++;
        return { resolve4: () => resolve4(), resolve6: () => resolve6() };
      },
      system: (host) => system(host),
      clock: { now: () => now },
    });
  });

  it('has the addresses of both families, or of the one that there is', async () => {
    expect(await resolve('a.example')).to.deep.equal([V4, V6]);
    resolve6 = failWith('ENODATA');
    expect(await resolve('a.example')).to.deep.equal([V4]);
    resolve4 = failWith('ETIMEOUT');
    resolve6 = async () => [V6.address];
    expect(await resolve('a.example')).to.deep.equal([V6]);
    expect(asked).to.deep.equal([]);
  });

  it('asks the system for names that the DNS does not have', async () => {
    [resolve4, resolve6] = [failWith('ENOTFOUND'), failWith('ECONNREFUSED')];
    expect(await resolve('node1')).to.deep.equal([OWN]);
    expect(asked).to.deep.equal(['node1']);
  });

  it('keeps none of the threads of the system for a name server that is silent', async () => {
    [resolve4, resolve6] = [failWith('ENODATA'), failWith('ETIMEOUT')];
    expect((await failureOf(resolve('x.example'))).code).to.equal('ETIMEOUT');
    expect(asked).to.deep.equal([]);
  });

  it('asks the system for one name at a time, though one fails, and has a limit for those that wait', async () => {
    [resolve4, resolve6] = [failWith('ENOTFOUND'), failWith('ENOTFOUND')];
    const ends: ((error: Error) => void)[] = [];
    system = (host) => {
      asked.push(host);
      return new Promise((_, reject) => ends.push(reject));
    };
    const all = Array.from({ length: MAX_WAITING }, (_, number) => failureOf(resolve(`n${number}`)));
    await new Promise(setImmediate);
    expect(asked).to.deep.equal(['n0']);
    expect((await failureOf(resolve('late'))).message).to.match(/too many names/);
    for (let number = 0; number < MAX_WAITING; number++) {
      ends[number]!(new Error('no such name'));
      await all[number];
      await new Promise(setImmediate);
    }
    expect(asked).to.have.length(MAX_WAITING);
  });

  it('reads the settings of the system again when nobody answers, though not with each name', async () => {
    [resolve4, resolve6] = [failWith('ETIMEOUT'), failWith('ETIMEOUT')];
    await failureOf(resolve('a.example'));
    expect(opened).to.equal(1);
    now = REOPEN_MS;
    for (const host of ['b.example', 'c.example']) await failureOf(resolve(host));
    expect(opened).to.equal(2);
  });
});
