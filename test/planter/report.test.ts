import { expect } from 'chai';
import type { Planted } from '../../planter/planted.ts';
import { INTERRUPTED, type Outcome, plantedJson, plantedText, summaryText } from '../../planter/report.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { hashOf, infoHybrid, torrentOf } from '../helpers/torrents.ts';
import { FakeNetwork } from './fake-network.ts';

const network = new FakeNetwork(1, 1);
const [node] = network.nodes;
const infoHash = hashOf(infoHybrid(), 'sha1');
const planted: Planted = {
  seedling: { ...readMetainfo(torrentOf(infoHybrid())), hints: [] },
  file: { output: '/tmp/a.torrent' },
  planter: 'f'.repeat(64),
  copies: 1,
  isRefreshed: false,
  carriers: [{ id: node!.id, url: node!.urls[0]!, infoHashes: [infoHash] }],
  supernodes: network.supernodes,
  told: network.supernodes,
  network,
  trackers: ['http://192.0.2.1:6969/announce', 'http://198.51.100.1:6970/announce'],
  magnet: `magnet:?xt=urn:btih:${infoHash}`,
  warnings: ['careful'],
};
const success: Outcome = { path: 'a', planted, sighting: { seenAt: network.supernodes, missingAt: [] } };
const failed: Outcome = { path: 'b', error: 'b: no such file or folder', code: 'file' };

describe('planter/report.ts', () => {
  it('tells people the file, the hashes, the trackers and the magnet link', () => {
    expect(plantedText([success, failed])).to.equal(
      `/tmp/a.torrent
  info hash    ${infoHash}
  info hash v2 ${hashOf(infoHybrid(), 'sha256')}
  carrier      http://192.0.2.1:6969/announce
  supernode    http://198.51.100.1:6970/announce
  magnet       magnet:?xt=urn:btih:${infoHash}
`,
    );
    expect(plantedText([failed])).to.equal('');
  });

  it('tells programs the same and the failures in one document', () => {
    expect(JSON.parse(plantedJson([success, failed]))).to.deep.equal({
      torrents: [
        {
          path: 'a',
          status: 'planted',
          file: '/tmp/a.torrent',
          name: 'a.bin',
          infoHash,
          infoHashV2: hashOf(infoHybrid(), 'sha256'),
          carriers: [{ id: node!.id, url: 'http://192.0.2.1:6969', infoHashes: [infoHash] }],
          supernodes: [{ id: network.supernodes[0]!.id, url: 'http://198.51.100.1:6970' }],
          seenAt: [{ id: network.supernodes[0]!.id, url: 'http://198.51.100.1:6970' }],
          missingAt: [],
          trackers: planted.trackers,
          magnet: planted.magnet,
          warnings: ['careful'],
        },
        { path: 'b', status: 'failed', code: 'file', error: 'b: no such file or folder' },
      ],
    });
    const [refreshed] = JSON.parse(plantedJson([{ path: 'a', planted: { ...planted, isRefreshed: true } }])).torrents;
    expect(refreshed.status).to.equal('refreshed');
  });

  it('sums several paths up', () => {
    expect(summaryText([success, failed])).to.equal('1 of 2 planted; failed: b\n');
    const left = { ...failed, code: INTERRUPTED };
    expect(summaryText([success, left, left])).to.equal('1 of 3 planted; 2 not begun: --resume goes on\n');
    expect(summaryText([success, success])).to.equal('2 of 2 planted\n');
  });

  it('names no more than a few of many that failed', () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ ...failed, path: `p${index}` }));
    expect(summaryText(many)).to.match(/^0 of 25 planted; failed: p0, .*, p19 and 5 more\n$/);
  });

  it('tells apart what was planted before', () => {
    const skipped = { planter: 'f', hashes: [infoHash], copies: 1, source: '/a', supernodes: [], at: 1 };
    expect(summaryText([success, { path: 'c', skipped }])).to.equal('1 of 2 planted, 1 planted before\n');
    expect(JSON.parse(plantedJson([{ path: 'c', skipped }])).torrents[0].status).to.equal('skipped');
  });
});
