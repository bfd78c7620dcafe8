import { readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { main } from '../../planter/main.ts';
import type { Surroundings } from '../../planter/surroundings.ts';
import { PublicError, UsageError } from '../../shared/errors.ts';
import type { SupernodeSource } from '../../shared/network/supernode-sources.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { FakeNetwork, NOW } from './fake-network.ts';

describe('planter/main.ts', () => {
  let folder: TemporaryFolder;
  let network: FakeNetwork;
  let out: string;
  let talk: string;
  let sources: readonly SupernodeSource[];

  beforeEach(() => {
    folder = new TemporaryFolder();
    network = new FakeNetwork();
    out = '';
    talk = '';
    sources = [];
  });

  afterEach(() => folder.remove());

  it('plants a path: data to standard output, talk to standard error, exit code 0', async () => {
    const file = folder.write('a.bin', 'hello');
    expect(await run([file])).to.equal(0);
    expect(out)
      .to.match(new RegExp(`^${file}\\.torrent\n  info hash `))
      .and.match(/\n {2}magnet +magnet:\?xt=urn:btih:/);
    expect(talk).to.match(new RegExp(`^${file}\n  hashing 1 file`));
  });

  it('plants several paths one after another, and exits 1 when one of them failed', async () => {
    const good = folder.write('a.bin', 'hello');
    const other = folder.write('b.bin', 'other');
    expect(await run([folder.at('missing'), good, other])).to.equal(1);
    expect(out.match(/^\S+\.torrent$/gm)).to.deep.equal([`${good}.torrent`, `${other}.torrent`]);
    expect(talk).to.include('missing: no such file or folder').and.include('2 of 3 planted');
  });

  it('prints one JSON document for all paths, and nothing else to standard output', async () => {
    expect(await run(['--json', folder.at('missing'), folder.write('a.bin', 'hello')])).to.equal(1);
    const { torrents } = JSON.parse(out);
    expect(torrents.map(({ status }: { status: string }) => status)).to.deep.equal(['failed', 'planted']);
  });

  it('warns when a supernode hides what it was told, of each torrent, and has planted them all the same', async () => {
    const [hider] = network.supernodes;
    network.hiding.set(hider!.url, 100);
    const paths = [folder.write('a.bin', 'hello'), folder.write('b.bin', 'other')];
    expect(await run(['--json', ...paths], {}, { pause: async () => undefined })).to.equal(0);
    const warning = `${hider!.url} took note of it and does not show it`;
    for (const path of paths) expect(talk).to.include(`${path}: warning: ${warning}`);
    for (const { status, missingAt, warnings } of JSON.parse(out).torrents) {
      expect(status).to.equal('planted');
      expect(missingAt).to.deep.equal([{ id: hider!.id, url: hider!.url }]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include(warning);
    }
  });

  it('makes a key at first use, for its owner only, and keeps to it', async () => {
    const planterOf = () => readMetainfo(readFileSync(folder.at('a.bin.torrent'))).anatomic?.planter;
    const file = folder.write('a.bin', 'hello');
    await run([file]);
    const first = planterOf();
    expect(statSync(folder.at('.config/anatomic/planter.pem')).mode & 0o777).to.equal(0o600);
    await run([file]);
    expect(planterOf()).to.equal(first);
    await run([file, '--key', folder.at('other.pem')]);
    expect(planterOf()).to.be.a('string').and.not.equal(first);
  });

  it('remembers the supernodes that took note for the next time', async () => {
    const file = folder.write('a.bin', 'hello');
    await run([file]);
    expect(sources).to.deep.equal([]);
    await run([folder.write('b.bin', 'x')]);
    expect(sources.map(({ origin, supernodes }) => [origin, ...supernodes])).to.deep.equal([
      ['used before', ...network.supernodes.map(({ id, url }) => ({ id, url }))],
    ]);
  });

  it('takes supernodes from flags, else from the environment', async () => {
    const file = folder.write('a.bin', 'hello');
    const environment = { ANATOMIC_SUPERNODE: 'http://192.0.2.8:1 http://192.0.2.9:1' };
    await run([file], environment);
    expect(sources[0]?.supernodes.map(({ url }) => url)).to.deep.equal(['http://192.0.2.8:1', 'http://192.0.2.9:1']);
    await run([file, '--supernode', 'http://192.0.2.7:1/', '--allow-network', '10.0.0.0/8'], environment);
    expect(sources).to.deep.equal([
      {
        origin: 'named by you',
        supernodes: [{ url: 'http://192.0.2.7:1', id: undefined }],
        configuredUrls: ['http://192.0.2.7:1'],
        allowNetworks: ['10.0.0.0/8'],
        isLasting: true,
      },
    ]);
  });

  it('exits 1 with the reason when nothing can be reached', async () => {
    const connect = () => Promise.reject(new PublicError('no-supernode', 'no supernode is known'));
    expect(await run([folder.write('a.bin', 'hello')], {}, { connect })).to.equal(1);
    expect(talk).to.match(/ {2}failed: no supernode is known\n {2}Is this machine on line\?.*\n$/);
    expect(out).to.equal('');
  });

  it('says what is wrong with a key that cannot be read', async () => {
    const key = folder.write('key.pem', 'nonsense');
    const error: unknown = await run([folder.write('a.bin', 'x'), '--key', key]).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes(key);
  });

  const wrong: readonly (readonly string[])[] = [
    [],
    ['a', '--copies', '0'],
    ['a', '--copies', '6'],
    ['a', '--copies', 'two'],
    ['a', '--supernode', 'ftp://192.0.2.1'],
    ['a', '--supernode', 'http://192.0.2.1/announce'],
    ['a', '--supernode', 'key@http://192.0.2.1'],
    ['a', '--dht-bootstrap', '192.0.2.1'],
    ['a', '--dht-bootstrap', '192.0.2.1:0'],
    ['a', '--allow-network', '10.0.0.0/99'],
    ['a', '--nonsense'],
    ['a', 'b', '--output', 'c'],
  ];
  for (const argv of wrong) {
    it(`refuses the arguments '${argv.join(' ')}'`, async () => {
      const error: unknown = await run(argv).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UsageError);
    });
  }

  it('writes no torrent of a conversation over the one before', async () => {
    const error: unknown = await run(['--output', folder.at('a')], {}, { isTerminal: true }).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(UsageError).with.property('message').that.includes('--output');
  });

  it('prints help, and makes no key for that', async () => {
    expect(await run(['--help'])).to.equal(0);
    for (const flag of [
      '--supernode',
      '--copies',
      '--output',
      '--json',
      '--key',
      '--allow-network',
      '--network',
      '--dht',
      '--portable',
      '--allow-private',
    ]) {
      expect(out).to.include(flag);
    }
    expect(() => statSync(folder.at('.config'))).to.throw();
  });

  function run(
    argv: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    overrides: Partial<Surroundings> = {},
  ): Promise<number> {
    return main(
      argv,
      { HOME: folder.path, ...environment },
      {
        clock: { now: () => NOW },
        random: seededRandom(1),
        out: (text) => {
          out += text;
        },
        talk: (text) => {
          talk += text;
        },
        folder: folder.path,
        isTerminal: false,
        isTalkSeen: false,
        connect: async (asked) => {
          sources = asked;
          return network;
        },
        ...overrides,
      },
    );
  }
});
