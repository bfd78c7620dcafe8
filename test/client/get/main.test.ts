// `anatomic get` and `anatomic seed` in this process, over a network on loopback.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { main as get } from '../../../client/get/main.ts';
import { main as seed } from '../../../client/seed/main.ts';
import type { Surroundings } from '../../../client/transfer/surroundings.ts';
import { PublicError, UsageError } from '../../../shared/errors.ts';
import { rewriteDictionary } from '../../../shared/protocol/encoding/bencoding.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { TestNetwork } from '../../helpers/test-network.ts';
import { infoV2, torrentOf } from '../../helpers/torrents.ts';
import { until } from '../../helpers/until.ts';

const CONTENT = randomBytes(500_000);

/** One that goes on. */
interface Seeding {
  readonly said: () => string;
  /** Returns the exit code. */
  stop(): Promise<number>;
}

describe('client/get/main.ts and client/seed/main.ts', () => {
  let network: TestNetwork;
  /** Holds the planted `album` and its torrents. */
  let source: TemporaryFolder;
  let planted: string;
  let magnet: string;
  let seeding: Seeding;
  let folder: TemporaryFolder;
  let talk: string;
  let out: string;

  before(async () => {
    network = await TestNetwork.create({ nodes: 2, supernodes: 1 });
    source = new TemporaryFolder();
    source.write('album/one.bin', CONTENT);
    source.write('album/two/b.bin', randomBytes(90_000));
    source.write('album/empty', '');
    const { file, infoHash, trackers } = await network.plant(source.at('album'), ['--copies', '2']);
    planted = file;
    magnet = `magnet:?xt=urn:btih:${infoHash}&${trackers.map((url) => `tr=${encodeURIComponent(url)}`).join('&')}`;
    seeding = await startSeed(planted);
  });

  after(async () => {
    expect(await seeding?.stop()).to.equal(0);
    await network?.stop();
    source?.remove();
  });

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('brings a torrent from one to the other', async () => {
    expect(await run(get, planted, '--output', folder.at('got')), talk).to.equal(0);
    for (const name of ['one.bin', 'two/b.bin', 'empty']) {
      expect(readFileSync(folder.at('got/album', name)).equals(readFileSync(source.at('album', name)))).to.equal(true);
    }
    expect(out.trimEnd().split('\n')).to.have.members(
      ['empty', 'one.bin', 'two/b.bin'].map((name) => folder.at('got/album', name)),
    );
    expect(talk).to.include('complete and verified: 576.2 KiB');
  });

  it('gets a magnet link, and a bare hash from whom the supernode knows', async () => {
    expect(await run(get, magnet, '--output', folder.at('got'), '--file', 'one.bin', '--json'), talk).to.equal(0);
    expect(readFileSync(folder.at('got/album/one.bin')).equals(CONTENT)).to.equal(true);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).to.include.members([
      'trackers',
      'metainfo',
      'verified',
      'complete',
      'ended',
    ]);
    expect(events.find(({ event }) => event === 'complete').files).to.have.length(1);
    const hash = /btih:([0-9a-f]{40})/.exec(magnet)![1]!;
    expect(await run(get, hash, '--output', folder.at('again')), talk).to.equal(0);
    expect(readFileSync(folder.at('again/album/one.bin')).equals(CONTENT)).to.equal(true);
  });

  it('brings a hybrid over by its version 1 half, keeps its padding nowhere, and seeds until told to stop', async () => {
    const flags = ['--torrent-version', 'hybrid', '--copies', '2', '--output', folder.at('hybrid.torrent')];
    const { file } = await network.plant(source.at('album'), flags);
    const hybrid = await startSeed(file);
    expect(await run(get, file, '--output', folder.at('got')), talk).to.equal(0);
    expect(await hybrid.stop(), hybrid.said()).to.equal(0);
    expect(readFileSync(folder.at('got/album/one.bin')).equals(CONTENT)).to.equal(true);
    expect(readdirSync(folder.at('got/album')).sort()).to.deep.equal(['empty', 'one.bin', 'two']);
  });

  it('finds what is damaged on the disk, and mends it', async () => {
    await run(get, planted, '--output', folder.at('got'));
    const damaged = Buffer.from(CONTENT);
    damaged.fill(0, 100_000, 100_010);
    writeFileSync(folder.at('got/album/one.bin'), damaged);
    expect(await run(get, planted, '--output', folder.at('got')), talk).to.equal(0);
    expect(talk).to.match(/verified \d+\.\d KiB of 576\.2 KiB on the disk/);
    expect(readFileSync(folder.at('got/album/one.bin')).equals(CONTENT)).to.equal(true);
  });

  it('lists files, of a magnet link too', async () => {
    const expected = /^ +1 +0 bytes {2}empty\n +2 +488\.3 KiB {2}one\.bin\n +3 +87\.9 KiB {2}two\/b\.bin\n$/;
    expect(await run(get, planted, '--list')).to.equal(0);
    expect(out).to.match(expected);
    expect(await run(get, magnet, '--list', '--output', folder.at('got')), talk).to.equal(0);
    expect(out).to.match(expected);
  });

  it('announces to nodes that carry it since, though those that it knows answer', async () => {
    await using other = await TestNetwork.create({ nodes: 1, supernodes: 1 });
    const { file } = await other.plant(source.at('album'), ['--output', folder.at('other.torrent')]);
    const here = await startSeed(file, { findEveryMs: 50 }, other);
    await other.addNode();
    const added = other.nodes[1]!.baseUrl;
    const again = ['--output', folder.at('again.torrent'), '--copies', '2'];
    await until(async () => (await other.plant(file, again)).carriers.length === 2);
    await until(() => here.said().includes(`carried by ${added}/announce`));
    expect(await here.stop(), here.said()).to.equal(0);
  });

  it('gives up when nothing comes', async () => {
    folder.write('lonely', 'nobody seeds it');
    const { file } = await network.plant(folder.at('lonely'));
    expect(await run(get, file, '--output', folder.at('got'), '--give-up', '1s')).to.equal(3);
    expect(talk).to.include('gave up');
  });

  it('seeds what was downloaded, to a ratio', async () => {
    expect(await run(get, planted, '--output', folder.at('got'), '--ratio', '0'), talk).to.equal(0);
    expect(talk).to.include('seeding  ratio 0.00');
  });

  it('refuses to seed what is not all there', async () => {
    folder.write('album/one.bin', randomBytes(CONTENT.length));
    expect(await failure(run(seed, planted, '--data', folder.path))).to.match(/^only \d+ % of the data is there/);
    expect(await failure(run(seed, magnet))).to.include('not a link');
  });

  it('refuses torrents that name no tracker, and those of version 2 whose layers are missing', async () => {
    const bare = folder.write('bare.torrent', rewriteDictionary(readFileSync(planted), BARE));
    const nobody = ['--supernode', 'http://127.0.0.1:1'];
    expect(await failure(run(get, bare, ...nobody)))
      .to.include('names no tracker')
      .and.include('connection refused');
    const withoutLayers = torrentOf(infoV2('a.bin', 100_000), { announce: 'http://127.0.0.1:1/announce' });
    expect(await failure(run(get, folder.write('v2.torrent', withoutLayers)))).to.include('"piece layers" are missing');
  });

  for (const flags of [['--ratio', 'x'], ['--port', 'x'], ['--file'], ['--download-limit', '1']]) {
    it(`refuses ${flags.join(' ')}`, async () => {
      const error: unknown = await run(get, planted, ...flags).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UsageError);
    });
  }

  it('refuses a file that is not in the torrent, before anything else', async () => {
    expect(await failure(run(get, planted, '--file', 'three.bin'))).to.include("'three.bin'");
  });

  /** Seeds the album. */
  async function startSeed(
    torrent: string,
    world: Partial<Surroundings> = {},
    { supernodes } = network,
  ): Promise<Seeding> {
    const ending = new AbortController();
    let said = '';
    const talk = (text: string): void => {
      said += text;
    };
    const argv = [torrent, '--data', source.path, '--port', '0', '--supernode', supernodes[0]!.baseUrl];
    const ended = seed(argv, {}, { ...world, signal: ending.signal, talk });
    await Promise.race([until(() => said.includes('seeding')), ended]);
    return {
      said: () => said,
      stop: () => {
        ending.abort();
        return ended;
      },
    };
  }

  function run(command: typeof get, ...argv: string[]): Promise<number> {
    talk = '';
    out = '';
    const port = argv.includes('--port') ? [] : ['--port', '0'];
    const supernodes = argv.includes('--supernode') ? [] : ['--supernode', network.supernodes[0]!.baseUrl];
    const overrides: Partial<Surroundings> = {
      folder: folder.path,
      isTerminal: false,
      signal: new AbortController().signal,
      out: (text) => {
        out += text;
      },
      talk: (text) => {
        talk += text;
      },
    };
    return command([...argv, ...port, ...supernodes], { HOME: folder.path }, overrides);
  }
});

const BARE = { announce: undefined, 'announce-list': undefined, anatomic: undefined };

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(PublicError);
  return (error as PublicError).message;
}
