// The commands beside `anatomic plant`, against roles that run in this process.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { main as status } from '../../../client/status/main.ts';
import { main as announceList } from '../../../planter/commands/announce-list.ts';
import { main as keys } from '../../../planter/commands/keys.ts';
import { main as renew } from '../../../planter/commands/renew.ts';
import { main as uproot } from '../../../planter/commands/uproot.ts';
import { main as plant } from '../../../planter/main.ts';
import { PublicError, UsageError } from '../../../shared/errors.ts';
import { rewriteDictionary } from '../../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { TestNetwork } from '../../helpers/test-network.ts';
import { until } from '../../helpers/until.ts';

type Main = typeof plant | typeof status;

describe('planter/commands', () => {
  let network: TestNetwork;
  let folder: TemporaryFolder;
  let out: string;
  let talk: string;

  before(async () => {
    network = await TestNetwork.create({ nodes: 3, supernodes: 2, supernodeFlags: ['--probe-interval', '100ms'] });
  });

  after(() => network?.[Symbol.asyncDispose]());

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('plants, shows the status, uproots, and shows that too', async () => {
    const file = folder.write('a.bin', 'hello');
    expect(await run(plant, file), talk).to.equal(0);
    expect(await run(status, `${file}.torrent`), talk).to.equal(0);
    expect(out.match(/carrier .* up {2}no seeders, no leechers, no downloads/g)).to.have.length(3);
    expect(out).to.match(/planter {4}[0-9a-f]{16} {2}wants 3 copies, planted \d+ s ago, lapses in (?:90|89) days/);
    expect(out).not.to.match(/missing|stale/);
    expect(await run(uproot, `${file}.torrent`), talk).to.equal(0);
    expect(talk).to.include('uprooted from 3 nodes');
    await until(async () => (await run(status, `${file}.torrent`)) === 1);
    expect(out).to.include('nobody is known to carry it');
    expect(await run(renew, '--all'), talk).to.equal(0);
    expect(talk).to.equal('0 renewed, 0 failed, 0 not due\n');
  });

  it('tells the status to programs, of a magnet link and of a hash as well', async () => {
    await run(plant, folder.write('b.bin', 'other'), '--copies', '2', '--json');
    const [planted] = JSON.parse(out).torrents;
    expect(await run(status, planted.magnet, planted.infoHash, '--json'), talk).to.equal(0);
    const { torrents } = JSON.parse(out);
    expect(torrents).to.have.length(2);
    for (const torrent of torrents) {
      expect(torrent).to.deep.include({ hashes: [planted.infoHash], missingCopies: 0 });
      expect(torrent.carriers[0]).to.include({ state: 'up', seeders: 0, leechers: 0, downloaded: 0 });
    }
  });

  it('says so when a torrent is not carried, and when no supernode answers', async () => {
    expect(await run(status, 'c'.repeat(40))).to.equal(1);
    expect(out).to.include('nobody is known to carry it');
    expect(await run(status, 'c'.repeat(40), '--supernode', 'http://127.0.0.1:1')).to.equal(1);
  });

  it('does not uproot what another key planted', async () => {
    const file = folder.write('c.bin', 'mine');
    await run(plant, file);
    expect(await run(uproot, `${file}.torrent`, '--key', folder.at('other.pem'))).to.equal(1);
    expect(talk).to.include('nobody knows it as planted with the key');
    expect(await run(status, `${file}.torrent`)).to.equal(0);
  });

  it('writes an aged announce list anew, whoever does it', async () => {
    const file = folder.write('d.bin', 'aged');
    await run(plant, file);
    const torrent = `${file}.torrent`;
    const fresh = readMetainfo(readFileSync(torrent));
    const dead = 'http://127.0.0.1:1/announce';
    const aged = rewriteDictionary(readFileSync(torrent), { announce: dead, 'announce-list': [[dead]] });
    folder.write('d.bin.torrent', aged);
    expect(await run(status, torrent)).to.equal(0);
    expect(out).to.include(`stale      ${dead}`);
    expect(await run(announceList, torrent), talk).to.equal(0);
    const written = readMetainfo(readFileSync(torrent));
    expect(written.announceList[0]).to.have.members([...fresh.announceList[0]!]);
    expect(written.infoHash).to.equal(fresh.infoHash);
    expect(written.anatomic?.planter).to.equal(fresh.anatomic?.planter);
    expect(await run(announceList, folder.at('nowhere.torrent'))).to.equal(1);
    expect(await run(announceList, torrent, '--output', file)).to.equal(1);
    expect(readFileSync(file, 'utf8'), 'a file that is no torrent').to.equal('aged');
  });

  it('renews what is due, by default nothing recent', async () => {
    await run(plant, folder.write('e.bin', 'again'));
    expect(await run(renew), talk).to.equal(0);
    expect(talk).to.equal('0 renewed, 0 failed, 1 not due\n');
    expect(await run(renew, folder.at('e.bin.torrent'), '--json'), talk).to.equal(0);
    const [renewed] = JSON.parse(out).torrents;
    expect(renewed.status).to.equal('renewed');
    expect(renewed.carriers).to.have.length(3);
    expect(renewed).not.to.have.property('agedFile');
    const error: unknown = await run(renew, 'f'.repeat(40)).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError);
  });

  it('uproots a hybrid by one of its hashes, and renews it no longer', async () => {
    await run(plant, folder.write('g.bin', 'both'), '--torrent-version', 'hybrid', '--json');
    const [planted] = JSON.parse(out).torrents;
    expect(await run(uproot, planted.infoHashV2), talk).to.equal(0);
    expect(await run(renew, '--all'), talk).to.equal(0);
    expect(talk).to.equal('0 renewed, 0 failed, 0 not due\n');
  });

  it('uproots many, and says of each what came of it', async () => {
    const files = ['i', 'j'].map((name) => folder.write(`${name}.bin`, name));
    await run(plant, ...files);
    const torrents = files.map((file) => `${file}.torrent`);
    expect(await run(uproot, ...torrents, folder.at('nowhere'))).to.equal(1);
    for (const torrent of torrents) expect(talk).to.include(`${torrent}: uprooted from 3 nodes\n`);
    expect(talk).to.include(`${folder.at('nowhere')}\n  failed: `);
    expect(out.match(/^uprooted [0-9a-f]{40}$/gm)).to.have.length(2);
  });

  it('renews only what its key planted', async () => {
    const file = folder.write('h.bin', 'of two keys');
    await run(plant, file);
    await run(plant, file, '--key', folder.at('other.pem'));
    expect(await run(renew, '--all'), talk).to.equal(0);
    expect(talk).to.match(/1 renewed, 0 failed, 0 not due, 1 planted with other keys \(--key FILE\)\n$/);
    expect(await run(renew, `${file}.torrent`, '--json', '--key', folder.at('other.pem')), talk).to.equal(0);
    expect(JSON.parse(out).torrents).to.have.length(1);
    expect(await failure(run(renew, `${file}.torrent`, '--key', folder.at('third.pem')))).to.include('another key');
  });

  it('plants a batch, and goes on with it where it stopped', async () => {
    const files = Array.from({ length: 12 }, (_, index) => folder.write(`many/${index}.bin`, `content ${index}`));
    expect(await run(plant, ...files.slice(0, 5)), talk).to.equal(0);
    expect(await run(plant, ...files, '--resume'), talk).to.equal(0);
    expect(talk).to.match(/7 of 12 planted, 5 planted before\n$/);
    expect(await run(plant, ...files, '--resume', '--copies', '1'), talk).to.equal(0);
    expect(talk).to.match(/0 of 12 planted, 12 planted before\n$/);
    const other = ['--key', folder.at('other.pem')];
    expect(await run(plant, ...files, '--resume', ...other), talk).to.equal(0);
    expect(talk).to.match(/12 of 12 planted\n$/);
  });

  it('plants with a key of its own, which uproots it too', async () => {
    const file = folder.write('f.bin', 'secret');
    expect(await run(plant, file, '--fresh-key'), talk).to.equal(0);
    await run(keys);
    const { anatomic, infoHash } = readMetainfo(readFileSync(`${file}.torrent`));
    expect(out).not.to.include(anatomic?.planter);
    expect(statSync(folder.at(`.config/anatomic/torrent-keys/${infoHash}.pem`)).mode & 0o777).to.equal(0o600);
    expect(await run(uproot, `${file}.torrent`), talk).to.equal(0);
  });

  it('shows, exports and imports the key', async () => {
    expect(await run(keys, '--json')).to.equal(0);
    const { id, file } = JSON.parse(out);
    await run(keys, 'export');
    expect(out).to.equal(readFileSync(file, 'utf8'));
    await run(keys, 'export', folder.at('copy.pem'));
    expect(statSync(folder.at('copy.pem')).mode & 0o777).to.equal(0o600);
    await run(keys, 'import', folder.at('copy.pem'), '--key', folder.at('there/new.pem'));
    expect(talk).to.include(id);
    await run(keys, '--key', folder.at('there/new.pem'));
    expect(out).to.include(id);
  });

  it('takes no key over another unless it is asked to', async () => {
    await run(keys, 'show', '--key', folder.at('one.pem'));
    await run(keys, 'show', '--key', folder.at('two.pem'));
    const [first] = out.split('\n');
    const importing = ['import', folder.at('two.pem'), '--key', folder.at('one.pem')] as const;
    expect(await failure(run(keys, ...importing))).to.include('--replace');
    await run(keys, ...importing, '--replace');
    expect(talk).to.include('is kept as');
    await run(keys, '--key', folder.at('one.pem'));
    expect(out).to.include(first);
    expect(readdirSync(folder.path).sort()).to.match(/^one\.pem,one\.pem\.[0-9a-f]{8},two\.pem$/);
    expect(await failure(run(keys, 'import', folder.write('page', '<html>')))).to.include('no Ed25519 private key');
  });

  it('says which folder stands in the way of a key', async () => {
    await run(keys, 'export', folder.at('one.pem'));
    const nowhere = folder.at('nowhere');
    expect(await failure(run(keys, 'export', `${nowhere}/key.pem`))).to.equal(`${nowhere}: no such file or folder`);
    expect(await failure(run(keys, 'export', folder.at('one.pem')))).to.equal(
      `${folder.at('one.pem')}: it is there already`,
    );
    const file = folder.write('file', '');
    const inside = `${file}/key.pem`;
    const importing = ['import', folder.at('one.pem'), '--key', inside];
    expect(await failure(run(keys, ...importing))).to.equal(`${file}: it is there already`);
    expect(await failure(run(keys, 'show', '--key', inside))).to.include(`${inside}: ${file}: no such file or folder`);
  });

  for (const argv of [['import'], ['lose'], ['show', 'x']]) {
    it(`refuses keys ${argv.join(' ')}`, async () => {
      const error: unknown = await run(keys, ...argv).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UsageError);
    });
  }

  function run(main: Main, ...argv: string[]): Promise<number> {
    out = '';
    talk = '';
    const supernodes =
      argv.includes('--supernode') || main === keys ? [] : ['--supernode', network.supernodes[0]!.baseUrl];
    return main(
      [...argv, ...supernodes],
      { HOME: folder.path },
      {
        folder: folder.path,
        out: (text: string) => {
          out += text;
        },
        talk: (text: string) => {
          talk += text;
        },
      },
    );
  }
});

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(PublicError);
  return (error as PublicError).message;
}
