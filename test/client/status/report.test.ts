import { expect } from 'chai';
import { statusText } from '../../../client/status/report.ts';
import type { TorrentStatus } from '../../../client/status/status.ts';

const DAY_MS = 86_400_000;
const NOW = 1_800_000_000_000;
const STATUS: TorrentStatus = {
  torrent: 'a.torrent',
  name: 'holiday',
  hashes: ['a'.repeat(40)],
  carriers: [
    {
      ...{ id: '1'.repeat(64), url: 'http://192.0.2.1:6969', state: 'up', software: 'x', hashes: ['a'.repeat(40)] },
      ...{ seeders: 1, leechers: 2, downloaded: 0 },
    },
    {
      ...{ id: '2'.repeat(64), url: 'http://192.0.2.2:6969', state: 'down', software: 'x', hashes: ['a'.repeat(40)] },
      failure: 'connection refused',
    },
  ],
  planters: [{ id: 'f'.repeat(64), copies: 3, plantedAt: NOW - 2 * DAY_MS, lapsesAt: NOW + 88 * DAY_MS }],
  missingCopies: 2,
  staleTrackers: ['http://192.0.2.9:6969/announce'],
};

describe('client/status/report.ts', () => {
  it('tells people who carries it, who wants it, and what is missing', () => {
    expect(statusText(STATUS, NOW)).to.equal(`holiday
  info hash  ${'a'.repeat(40)}
  carrier    http://192.0.2.1:6969  up  1 seeder, 2 leechers, no downloads
  carrier    http://192.0.2.2:6969  down  connection refused
  planter    ffffffffffffffff  wants 3 copies, planted 2 days 0 h ago, lapses in 88 days 0 h
  missing    2 copies
  stale      http://192.0.2.9:6969/announce (anatomic announce-list writes the list anew)
`);
  });

  it('says so when nobody carries it', () => {
    const { name: _, ...nameless } = STATUS;
    expect(statusText({ ...nameless, carriers: [] }, NOW))
      .to.match(/^a\.torrent\n[\s\S]*nobody is known to carry it/)
      .and.not.include('announce-list');
  });

  it('says so when nobody wants it carried', () => {
    expect(statusText({ ...STATUS, planters: [] }, NOW)).to.include('planter    nobody wants it carried any longer');
  });

  it('shows no control characters of a name', () => {
    expect(statusText({ ...STATUS, name: 'a\x1b[2J' }, NOW)).to.match(/^a\?\[2J\n/);
  });
});
