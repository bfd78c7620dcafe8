import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { isLink, readTorrentArgument } from '../../../shared/network/torrent-argument.ts';
import { anatomicMember } from '../../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { hashOf, infoHybrid, infoV1, torrentOf } from '../../helpers/torrents.ts';

const V1 = 'ab'.repeat(20);
const V2 = 'cd'.repeat(32);

describe('shared/network/torrent-argument.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('tells links from files', () => {
    expect([V1, V1.toUpperCase(), V2, 'a2'.repeat(16), 'Magnet:?x'].every(isLink)).to.equal(true);
    expect(['a.torrent', V1.slice(1), `./${V1}`, `${V1}.torrent`].some(isLink)).to.equal(false);
  });

  it('reads hashes of both versions', async () => {
    expect(await readTorrentArgument(V1.toUpperCase())).to.include({ infoHash: V1 });
    expect(await readTorrentArgument(V2)).to.deep.include({ infoHashV2: V2, hashes: [V2.slice(0, 40)] });
  });

  it('reads a magnet link, and takes trackers that may be supernodes for hints, the last first', async () => {
    const trackers = ['http://a:1/announce', 'udp://b:1/announce', 'https://c/announce', 'http://d/x/announce'];
    const text = `magnet:?xt=urn:btih:${V1}&dn=n&${trackers.map((tracker) => `tr=${encodeURIComponent(tracker)}`).join('&')}`;
    const argument = await readTorrentArgument(text);
    expect(argument).to.deep.include({ hashes: [V1], name: 'n', trackers: [trackers] });
    expect(argument.hints).to.deep.equal(['https://c', 'http://a:1']);
  });

  it('reads a file: its hint when there is one, else its trackers', async () => {
    const plain = folder.write('a.torrent', torrentOf(infoHybrid(), { announce: 'http://a:1/announce' }));
    const argument = await readTorrentArgument(plain);
    expect(argument.hashes).to.deep.equal([hashOf(infoHybrid(), 'sha1'), hashOf(infoHybrid(), 'sha256').slice(0, 40)]);
    expect([argument.trackers, argument.hints]).to.deep.equal([[['http://a:1/announce']], ['http://a:1']]);
    const hint = anatomicMember({ version: 2, planter: 'e'.repeat(64), supernodes: ['http://s:1'] });
    const planted = folder.write('b.torrent', torrentOf(infoV1(), { announce: 'http://a:1/announce', anatomic: hint }));
    expect((await readTorrentArgument(planted)).hints).to.deep.equal(['http://s:1']);
  });

  for (const text of ['magnet:?dn=nothing', 'no-such-file.torrent']) {
    it(`says what is wrong with ${text}`, async () => {
      const error: unknown = await readTorrentArgument(text).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(PublicError);
    });
  }
});
