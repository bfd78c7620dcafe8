import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type PlantTools, type PlantWish, plant } from '../../planter/plant.ts';
import { createVoice } from '../../planter/voice.ts';
import { PublicError } from '../../shared/errors.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { plantRecord } from '../../shared/protocol/records/statements.ts';
import { anatomicMember, readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { hashOf, infoHybrid, infoV1, torrentOf } from '../helpers/torrents.ts';
import { FakeNetwork, NOW, SIGNER } from './fake-network.ts';

const WISH: PlantWish = { copies: 2, isPortable: false, allowsPrivate: false };

describe('planter/plant.ts', () => {
  let folder: TemporaryFolder;
  let network: FakeNetwork;
  let talk: string[];
  let hints: readonly string[];
  let remembered: readonly string[];

  beforeEach(() => {
    folder = new TemporaryFolder();
    network = new FakeNetwork();
    talk = [];
    hints = [];
    remembered = [];
  });

  afterEach(() => folder.remove());

  it('plants a file: carriers first, then supernodes, in one tier; the hint for the next planter beside info', async () => {
    const planted = await run(folder.write('a.bin', 'hello'));
    const bytes = readFileSync(folder.at('a.bin.torrent'));
    const metainfo = readMetainfo(bytes);
    expect(metainfo.announceList).to.deep.equal([planted.trackers]);
    expect(metainfo.announce).to.equal(planted.trackers[0]);
    expect(planted.trackers.slice(0, 2)).to.have.members([
      'http://192.0.2.1:6969/announce',
      'http://192.0.2.2:6969/announce',
    ]);
    expect(planted.trackers.slice(2)).to.deep.equal([
      'http://198.51.100.1:6970/announce',
      'http://198.51.100.2:6970/announce',
    ]);
    expect(metainfo.anatomic).to.deep.equal({
      version: 2,
      planter: SIGNER.id,
      supernodes: ['http://198.51.100.1:6970', 'http://198.51.100.2:6970'],
    });
    expect(planted.magnet).to.match(new RegExp(`^magnet:\\?xt=urn:btih:${metainfo.infoHash}&dn=a\\.bin&xl=5&tr=http`));
    expect([planted.isRefreshed, planted.warnings]).to.deep.equal([false, []]);
    expect(remembered).to.deep.equal(network.supernodes.map(({ url }) => url));
  });

  it('tells each step as it is done', async () => {
    await run(folder.write('a.bin', 'hello'));
    const steps = [
      'read a.bin',
      'reached http://198.51.100.1:6970',
      'allocated 3 nodes',
      'planted on http://192.0.2.1',
      'planted on http://192.0.2.2',
      'registered at http://198.51.100.1',
      'registered at http://198.51.100.2',
      'wrote ',
    ];
    expect(talk).to.have.length(steps.length);
    for (const [index, step] of steps.entries()) expect(talk[index]).to.include(step);
  });

  it('rewrites a torrent in place, byte for byte but for what it says of trackers', async () => {
    const file = folder.write('a.torrent', torrentOf(infoHybrid(), { announce: 'http://old', comment: 'mine' }));
    const before = rawMembers(readFileSync(file));
    await run(file);
    const after = rawMembers(readFileSync(file));
    expect([...after.keys()]).to.deep.equal(['anatomic', 'announce', 'announce-list', 'comment', 'info']);
    for (const key of ['info', 'comment']) expect(after.get(key), key).to.deep.equal(before.get(key));
  });

  it('signs a plant record that lasts, and registers it with the receipts of the carriers', async () => {
    await run(folder.write('a.torrent', torrentOf(infoV1())));
    const infoHash = hashOf(infoV1(), 'sha1');
    const [registration] = network.registrations;
    const [record] = registration!.plants.map((bytes) => plantRecord.open(bytes, NOW));
    expect(record?.record.author).to.equal(SIGNER.id);
    expect(record?.value).to.deep.equal({ infoHash, copies: 2, seq: NOW, ttlSeconds: 90 * 86_400 });
    expect(registration?.receipts.map(String)).to.deep.equal([
      `receipt of http://192.0.2.1:6969 for ${infoHash}`,
      `receipt of http://192.0.2.2:6969 for ${infoHash}`,
    ]);
  });

  it('plants a hybrid under both of its hashes, each naming the other (BEP 52)', async () => {
    const { seedling } = await run(folder.write('a.torrent', torrentOf(infoHybrid())));
    const [v1, v2] = seedling.hashes;
    const records = network.registrations[0]!.plants.map((bytes) => plantRecord.open(bytes, NOW).value);
    expect(records.map(({ infoHash, twin, infoHashV2 }) => [infoHash, twin, infoHashV2])).to.deep.equal([
      [v1, v2, undefined],
      [v2, v1, seedling.infoHashV2],
    ]);
    expect(network.calls.map(({ call }) => call.plants.length)).to.deep.equal([2, 2]);
  });

  it('refreshes what this key planted before, with a newer record', async () => {
    const infoHash = hashOf(infoV1(), 'sha1');
    network.own.set(infoHash, { infoHash, copies: 1, seq: NOW + 5, ttlSeconds: 60 });
    const planted = await run(folder.write('a.torrent', torrentOf(infoV1())));
    expect(planted.isRefreshed).to.equal(true);
    expect(talk.join('')).to.include('already planted with this key');
    expect(plantRecord.open(network.registrations[0]!.plants[0]!, NOW).value.seq).to.equal(NOW + 6);
  });

  it('plants a magnet link, or a bare hash of either version, without a file', async () => {
    const v1 = hashOf(infoV1(), 'sha1');
    const tracker = encodeURIComponent('http://198.51.100.9:1/announce');
    const planted = await run(`magnet:?xt=urn:btih:${v1}&dn=some&tr=${tracker}`);
    expect([planted.file, hints]).to.deep.equal([undefined, ['http://198.51.100.9:1']]);
    expect(planted.magnet).to.match(new RegExp(`^magnet:\\?xt=urn:btih:${v1}&dn=some&tr=http`));
    const v2 = hashOf(infoV1(), 'sha256');
    await run(v2);
    const { infoHash, infoHashV2 } = plantRecord.open(network.registrations[1]!.plants[0]!, NOW).value;
    expect([infoHash, infoHashV2]).to.deep.equal([v2.slice(0, 40), v2]);
    expect(talk.join('')).not.to.include('wrote');
  });

  it('passes the hint in the torrent on', async () => {
    const hint = { version: 2, planter: SIGNER.id, supernodes: ['http://198.51.100.9:1'] };
    await run(folder.write('a.torrent', torrentOf(infoV1(), { anatomic: anatomicMember(hint) })));
    expect(hints).to.deep.equal(['http://198.51.100.9:1']);
  });

  it('writes supernodes only when the torrent shall be portable', async () => {
    const { trackers } = await run(folder.write('a.bin', 'hello'), { ...WISH, isPortable: true });
    expect(trackers).to.deep.equal(['http://198.51.100.1:6970/announce', 'http://198.51.100.2:6970/announce']);
  });

  it('writes to another place and leaves the torrent alone', async () => {
    const bytes = torrentOf(infoV1());
    const file = folder.write('a.torrent', bytes);
    const planted = await run(file, { ...WISH, output: folder.at('b.torrent') });
    expect(planted.file?.output).to.equal(folder.at('b.torrent'));
    expect(readFileSync(file)).to.deep.equal(bytes);
    expect(readMetainfo(readFileSync(folder.at('b.torrent'))).announceList).to.have.length(1);
  });

  it('makes as many copies as there are nodes, and warns', async () => {
    const { carriers, warnings } = await run(folder.write('a.bin', 'x'), { ...WISH, copies: 5 });
    expect(carriers).to.have.length(3);
    expect(warnings).to.deep.equal(['only 3 nodes to plant on, so fewer than 5 copies']);
  });

  it('warns of copies that are missing because nodes failed', async () => {
    for (const number of [1, 2]) network.moods.set(`http://192.0.2.${number}:6969`, 'dead');
    const { carriers, warnings } = await run(folder.write('a.bin', 'x'));
    expect(carriers.map(({ url }) => url)).to.deep.equal(['http://192.0.2.3:6969']);
    expect(warnings[0]).to.match(/^1 copy missing: .*192\.0\.2\.1.*192\.0\.2\.2/);
  });

  it('warns of supernodes that took no note, and leaves them out', async () => {
    network.registrationFailures = ['http://198.51.100.1:6970: timed out'];
    const { trackers, warnings } = await run(folder.write('a.bin', 'x'));
    expect(warnings).to.deep.equal(['not registered: http://198.51.100.1:6970: timed out']);
    expect(trackers.slice(2)).to.deep.equal(['http://198.51.100.2:6970/announce']);
    expect(remembered).to.deep.equal(['http://198.51.100.2:6970']);
  });

  it('writes those that it reached when no supernode took note: they find the carriers by themselves', async () => {
    network.registrationFailures = ['one failed', 'two failed'];
    const { trackers, warnings } = await run(folder.write('a.bin', 'x'));
    expect(warnings).to.have.length(2);
    expect(trackers).to.have.length(4);
  });

  describe('leaves the file as it was', () => {
    let file: string;
    const bytes = torrentOf(infoV1(), { announce: 'http://old' });

    beforeEach(() => {
      file = folder.write('a.torrent', bytes);
    });

    afterEach(() => {
      expect(readFileSync(file)).to.deep.equal(bytes);
    });

    it('when every node fails, and says why each did', async () => {
      network.moods
        .set('http://192.0.2.1:6969', 'dead')
        .set('http://192.0.2.2:6969', 'refuse')
        .set('http://192.0.2.3:6969', 'dead');
      const message = await failure(run(file));
      expect(message).to.include('no node took it').and.include('connection refused').and.include('full');
      expect(network.registrations).to.deep.equal([]);
    });

    it('when there is no node at all', async () => {
      network = new FakeNetwork(0);
      expect(await failure(run(file))).to.equal('the supernode offers no node to plant on');
      expect(talk.join('')).not.to.include('only');
    });

    it('when no supernode answers', async () => {
      const connect = () => Promise.reject(new PublicError('no-supernode', 'no supernode answers'));
      expect(await failure(run(file, WISH, { connect }))).to.equal('no supernode answers');
    });

    it('when the supernode does not allocate', async () => {
      network.allocate = () => Promise.reject(new PublicError('no-nodes', 'no node takes new torrents at the moment'));
      expect(await failure(run(file))).to.include('no node takes new torrents');
    });
  });

  it('refuses a private torrent before it tells anybody of it, unless it is asked to', async () => {
    const file = folder.write('a.torrent', torrentOf({ ...infoV1(), private: 1 }));
    expect(await failure(run(file)))
      .to.include('private')
      .and.include('--allow-private');
    expect(network.asked).to.deep.equal([]);
    expect((await run(file, { ...WISH, allowsPrivate: true })).carriers).to.have.length(2);
  });

  it('says that nodes carry it, and gives the link, when the torrent cannot be written', async () => {
    const wish = { ...WISH, output: folder.at('taken') };
    const remember = async (): Promise<void> => void mkdirSync(folder.at('taken'));
    const reason = await failure(run(folder.write('a.bin', 'x'), wish, { remember }));
    expect(reason).to.match(/taken: it is a folder; nodes carry it already.*magnet:\?xt=urn:btih:/);
  });

  it('makes no torrent of a file that could not be planted', async () => {
    network = new FakeNetwork(0);
    await failure(run(folder.write('a.bin', 'x')));
    expect(existsSync(folder.at('a.bin.torrent'))).to.equal(false);
  });

  function run(path: string, wish: PlantWish = WISH, overrides: Partial<PlantTools> = {}) {
    return plant(path, wish, {
      signerFor: async () => SIGNER,
      clock: { now: () => NOW },
      random: seededRandom(1),
      voice: createVoice((text) => talk.push(text)),
      connect: async (urls, _signer) => {
        hints = urls;
        return network;
      },
      remember: async (supernodes) => {
        remembered = supernodes.map(({ url }) => url);
      },
      ...overrides,
    });
  }
});

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(PublicError);
  return (error as PublicError).message;
}
