import { expect } from 'chai';
import { AccessLists } from '../../../node/access/access-lists.ts';
import { GuardedTracker } from '../../../node/access/guarded-tracker.ts';
import { TorrentList } from '../../../node/access/torrent-list.ts';
import { Woodpeckers } from '../../../node/access/woodpeckers.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { AnnounceAnswer, AnnounceRequest, ScrapeCounts } from '../../../shared/protocol/tracker/tracker-messages.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';

const A = 'aa'.repeat(20);
const B = 'bb'.repeat(20);

function listOf(...hashes: string[]): TorrentList {
  const list = new TorrentList(hashes.length, 1);
  for (const hash of hashes) list.addLine(Buffer.from(hash), 0, hash.length);
  return list;
}

describe('node/access/guarded-tracker.ts', () => {
  const answer = new AnnounceAnswer();
  let lists: AccessLists;
  let request: AnnounceRequest;

  beforeEach(() => {
    lists = new AccessLists();
    request = new AnnounceRequest();
    request.port = 1;
  });

  function announce(tracker: GuardedTracker, hash: string) {
    request.infoHash.write(hash, 'hex');
    request.numwant = 50;
    return tracker.announce(request, answer, 1000);
  }

  it('serves what is allowed and not denied', () => {
    const tracker = new GuardedTracker(createTestTracker('open'), lists, undefined);
    const served = (): boolean[] => [A, B].map((hash) => announce(tracker, hash) === undefined);
    expect(served()).to.deep.equal([true, true]);
    lists.allowed = listOf(A);
    expect(served()).to.deep.equal([true, false]);
    lists.denied = listOf(A);
    expect(served()).to.deep.equal([false, false]);
    lists.allowed = undefined;
    expect(served()).to.deep.equal([false, true]);
    expect(announce(tracker, A)).to.equal(REFUSALS.forbiddenTorrent);
  });

  it('checks torrents for listeners that keep peers of their own', () => {
    const tracker = createTestTracker('planted');
    tracker.carry(A);
    const guarded = new GuardedTracker(tracker, lists, undefined);
    const check = (hash: string) => guarded.checkTorrent(Buffer.from(hash, 'hex'), 0);
    expect([check(A), check(B)]).to.deep.equal([undefined, REFUSALS.unknownTorrent]);
    lists.denied = listOf(A);
    expect(check(A)).to.equal(REFUSALS.forbiddenTorrent);
  });

  it('scrapes zeroes for a torrent that is not served', () => {
    const tracker = new GuardedTracker(createTestTracker('open'), lists, undefined);
    const counts = new ScrapeCounts();
    announce(tracker, A);
    tracker.scrape(request.infoHash, 0, counts);
    expect(counts).to.deep.include({ leechers: 1 });
    lists.denied = listOf(A);
    tracker.scrape(request.infoHash, 0, counts);
    expect(counts).to.deep.include({ seeders: 0, leechers: 0, downloaded: 0 });
  });

  it('gives a woodpecker no peers and a longer interval, then nothing; the next torrent is served', () => {
    const tracker = new GuardedTracker(createTestTracker('open'), lists, new Woodpeckers(900, seededRandom(1)));
    request.port = 2;
    announce(tracker, A);
    request.port = 1;
    for (let i = 0; i < 8; i++) expect(announce(tracker, A)).to.equal(undefined);
    expect(answer.peers4Count).to.equal(1);
    expect(answer.intervalSeconds).to.be.within(1620, 1980);
    for (let i = 0; i < 4; i++) expect(announce(tracker, A)).to.equal(undefined);
    expect(answer).to.deep.include({ peers4Count: 0, leechers: 2 });
    expect(answer.intervalSeconds).to.be.within(2 * 1620, 2 * 1980);
    expect(announce(tracker, A)).to.equal(REFUSALS.tooManyRequests);
    expect(announce(tracker, B)).to.equal(undefined);
  });
});
