import { expect } from 'chai';
import type { Planted } from '../../planter/plant.ts';
import { createVoice, formatSize, type Outcome, plantedJson, plantedText, summaryText } from '../../planter/report.ts';
import { readMetainfo } from '../../shared/protocol/metainfo.ts';
import { hashOf, infoHybrid, torrentOf } from '../helpers/torrents.ts';
import { FakeNetwork } from './fake-network.ts';

const network = new FakeNetwork(1, 1);
const [node] = network.nodes;
const infoHash = hashOf(infoHybrid(), 'sha1');
const planted: Planted = {
  file: '/tmp/a.torrent',
  metainfo: readMetainfo(torrentOf(infoHybrid())),
  isRefreshed: false,
  carriers: [{ node: node!, url: node!.urls[0]!, items: [{ infoHash, status: 'planted' }] }],
  supernodes: network.supernodes,
  trackers: ['http://192.0.2.1:6969/announce', 'http://198.51.100.1:6970/announce'],
  magnet: `magnet:?xt=urn:btih:${infoHash}`,
  warnings: ['careful'],
};
const success: Outcome = { path: 'a', planted };
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
    expect(summaryText([success, success])).to.equal('2 of 2 planted\n');
  });

  it('remembers the warnings that it gave', () => {
    const lines: string[] = [];
    const voice = createVoice((text) => lines.push(text));
    voice.step('one');
    voice.warn('two');
    expect(lines).to.deep.equal(['  one\n', '  warning: two\n']);
    expect(voice.warnings).to.deep.equal(['two']);
  });

  it('writes sizes in the unit that fits', () => {
    const sizes = [1, 1023, 1024, 1536, 2 ** 20, 5 * 2 ** 30, 2 ** 40, 2 ** 52].map(formatSize);
    expect(sizes).to.deep.equal([
      '1 bytes',
      '1023 bytes',
      '1.0 KiB',
      '1.5 KiB',
      '1.0 MiB',
      '5.0 GiB',
      '1.0 TiB',
      '4096.0 TiB',
    ]);
  });
});
