import { expect } from 'chai';
import { judgeScrape } from '../../../client/check/judge-scrape.ts';
import type { TorrentCounts } from '../../../shared/protocol/tracker/tracker-calls.ts';

const NONE: TorrentCounts = { seeders: 0, leechers: 0, downloaded: 0 };
const TWO: TorrentCounts = { seeders: 0, leechers: 2, downloaded: 0 };

function verdicts(counts: readonly (TorrentCounts | undefined)[], hasEntered = true): string[] {
  const reply = { kind: 'scraped', counts, defects: [], oddities: [] } as const;
  return judgeScrape(reply, hasEntered).map(({ verdict }) => verdict);
}

describe('client/check/judge-scrape.ts', () => {
  it('passes zeroes around the counts of the announced torrent', () => {
    expect(verdicts([NONE, TWO, NONE])).to.deep.equal(['pass', 'pass']);
  });

  it('fails counts at the place of another torrent', () => {
    expect(verdicts([TWO, NONE, NONE])).to.deep.equal(['fail']);
  });

  it('doubts torrents that are left out, and peers that are not counted', () => {
    expect(verdicts([undefined, TWO, undefined])).to.deep.equal(['warn', 'pass']);
    expect(verdicts([NONE, undefined, NONE])).to.deep.equal(['pass', 'warn']);
    expect(verdicts([NONE, NONE, NONE])).to.deep.equal(['pass', 'warn']);
  });

  it('expects no counts of a torrent that was refused', () => {
    expect(verdicts([NONE, NONE, NONE], false)).to.deep.equal(['pass']);
  });

  it('turns defects into failures', () => {
    const reply = { kind: 'scraped', counts: [NONE, TWO, NONE], defects: ['x'], oddities: [] } as const;
    expect(judgeScrape(reply, true)[0]).to.deep.equal({ verdict: 'fail', topic: 'scrape', text: 'x' });
  });
});
