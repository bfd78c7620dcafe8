import { expect } from 'chai';
import { Tracker } from '../../../node/tracker/tracker.ts';
import type { TrackerOptions } from '../../../node/tracker/tracker-options.ts';
import { PublicError } from '../../../shared/errors.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { REFUSALS, type Refusal } from '../../../shared/protocol/tracker/refusal.ts';
import {
  AnnounceAnswer,
  AnnounceRequest,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
  ScrapeCounts,
} from '../../../shared/protocol/tracker/tracker-messages.ts';

const OPTIONS: TrackerOptions = {
  mode: 'open',
  intervalSeconds: 1800,
  minIntervalSeconds: 900,
  peerLifetimeSeconds: 2700,
  maxTorrents: 100,
  maxPeers: 1000,
  maxPeersPerTorrent: 500,
};
const T1 = '1'.repeat(40);
const T2 = '2'.repeat(40);
const answer = new AnnounceAnswer();

function createTracker(changes: Partial<TrackerOptions> = {}): Tracker {
  return new Tracker({ ...OPTIONS, ...changes }, seededRandom(1));
}

interface Asker {
  readonly torrent?: string;
  /** Hex; 4 or 16 bytes. */
  readonly address?: string;
  readonly port?: number;
  readonly event?: AnnounceRequest['event'];
  readonly isSeeder?: boolean;
  readonly identity?: number;
  readonly numwant?: number;
  readonly isOneFamily?: boolean;
  readonly nowSeconds?: number;
}

function announce(tracker: Tracker, asker: Asker): Refusal | undefined {
  const request = new AnnounceRequest();
  request.infoHash.write(asker.torrent ?? T1, 'hex');
  const address = asker.address ?? '0a000001';
  request.address.write(address, 'hex');
  request.family = address.length === 8 ? 4 : 6;
  request.port = asker.port ?? 6881;
  request.event = asker.event ?? EVENT_NONE;
  request.isSeeder = asker.isSeeder ?? false;
  request.identity = asker.identity ?? 7;
  request.numwant = asker.numwant ?? 50;
  request.isOneFamily = asker.isOneFamily ?? false;
  return tracker.announce(request, answer, asker.nowSeconds ?? 0);
}

function scrape(tracker: Tracker, torrent = T1): [seeders: number, leechers: number, downloaded: number] {
  const counts = new ScrapeCounts();
  tracker.scrape(Buffer.from(`ff${torrent}`, 'hex'), 1, counts);
  return [counts.seeders, counts.leechers, counts.downloaded];
}

function answered(): unknown[] {
  const { peers4, peers4Count, peers6, peers6Count } = answer;
  return [peers4.toString('hex', 0, 6 * peers4Count), peers6.toString('hex', 0, 18 * peers6Count)];
}

describe('node/tracker/tracker.ts', () => {
  it('counts the asker but does not give it to itself', () => {
    const tracker = createTracker();
    expect(announce(tracker, {})).to.equal(undefined);
    expect([answer.seeders, answer.leechers, answer.downloaded]).to.deep.equal([0, 1, 0]);
    expect(answered()).to.deep.equal(['', '']);
    announce(tracker, { address: '0a000002', port: 80, isSeeder: true });
    expect([answer.seeders, answer.leechers]).to.deep.equal([1, 1]);
    expect(answered()).to.deep.equal(['0a0000011ae1', '']);
  });

  it('keeps peers of one address and different ports apart', () => {
    const tracker = createTracker();
    announce(tracker, { port: 1 });
    announce(tracker, { port: 65535 });
    expect(answered()).to.deep.equal(['0a0000010001', '']);
  });

  it('gives both families of one swarm, the own one first (BEP 7)', () => {
    const tracker = createTracker();
    const six = '20010db8000000000000000000000001';
    announce(tracker, { address: six, port: 1 });
    announce(tracker, { address: '0a000001', port: 2 });
    expect(answered()).to.deep.equal(['', `${six}0001`]);
    announce(tracker, { address: '0a000002', port: 3 });
    expect(answered()).to.deep.equal(['0a0000010002', `${six}0001`]);
    expect(answer.leechers).to.equal(3);
    announce(tracker, { address: '0a000002', port: 3, numwant: 1 });
    expect(answered()).to.deep.equal(['0a0000010002', '']);
    announce(tracker, { address: '20010db8000000000000000000000002', port: 3, numwant: 1 });
    expect(answered()).to.deep.equal(['', `${six}0001`]);
  });

  it('leaves the other family out where the answer has no room for it', () => {
    const tracker = createTracker();
    const six = '20010db8000000000000000000000001';
    announce(tracker, { address: six, port: 1 });
    announce(tracker, { address: '0a000001', port: 2 });
    announce(tracker, { address: '0a000002', port: 3, isOneFamily: true });
    expect(answered()).to.deep.equal(['0a0000010002', '']);
    announce(tracker, { address: '20010db8000000000000000000000002', port: 3, isOneFamily: true });
    expect(answered()).to.deep.equal(['', `${six}0001`]);
  });

  it('does not give seeders to seeders', () => {
    const tracker = createTracker();
    announce(tracker, { port: 1, isSeeder: true });
    announce(tracker, { port: 2 });
    announce(tracker, { port: 3, isSeeder: true });
    expect(answered()).to.deep.equal(['0a0000010002', '']);
    announce(tracker, { port: 3 });
    expect(answer.peers4Count).to.equal(2);
  });

  it('counts a download once per peer, and not again when the event is repeated', () => {
    const tracker = createTracker();
    announce(tracker, {});
    announce(tracker, { event: EVENT_COMPLETED, isSeeder: true });
    expect([answer.seeders, answer.leechers, answer.downloaded]).to.deep.equal([1, 0, 1]);
    announce(tracker, { event: EVENT_COMPLETED, isSeeder: true });
    announce(tracker, { isSeeder: true });
    expect(scrape(tracker)).to.deep.equal([1, 0, 1]);
    announce(tracker, { port: 2, event: EVENT_COMPLETED });
    expect(scrape(tracker)).to.deep.equal([2, 0, 2]);
  });

  it('drops a peer that stops, and forgets the torrent with the last one', () => {
    const tracker = createTracker();
    announce(tracker, { event: EVENT_STARTED });
    announce(tracker, { event: EVENT_STOPPED });
    expect([answer.seeders, answer.leechers, answer.peers4Count]).to.deep.equal([0, 0, 0]);
    expect(answer.intervalSeconds).to.be.within(1620, 1980);
    expect(tracker.stats).to.include({ torrents: 0, peers4: 0 });
  });

  it('ignores `stopped` of an identity that another has replaced at the same endpoint, in either order', () => {
    const tracker = createTracker();
    announce(tracker, { identity: 1 });
    announce(tracker, { identity: 2, event: EVENT_STARTED });
    announce(tracker, { identity: 1, event: EVENT_STOPPED });
    expect(scrape(tracker)).to.deep.equal([0, 1, 0]);
    announce(tracker, { identity: 2, event: EVENT_STOPPED });
    expect(scrape(tracker)).to.deep.equal([0, 0, 0]);
    announce(tracker, { identity: 3, event: EVENT_STARTED });
    expect(scrape(tracker)).to.deep.equal([0, 1, 0]);
  });

  it('does not create a torrent for `stopped`', () => {
    const tracker = createTracker();
    expect(announce(tracker, { event: EVENT_STOPPED })).to.equal(undefined);
    expect([answer.seeders, answer.leechers, answer.downloaded]).to.deep.equal([0, 0, 0]);
    expect(tracker.stats.torrents).to.equal(0);
  });

  it('serves only what it carries in planted mode, and forgets it with its peers', () => {
    const tracker = createTracker({ mode: 'planted' });
    expect(announce(tracker, {})).to.equal(REFUSALS.unknownTorrent);
    expect(announce(tracker, { event: EVENT_STOPPED })).to.equal(REFUSALS.unknownTorrent);
    tracker.carry(T1);
    expect([tracker.carries(T1), tracker.carries(T2)]).to.deep.equal([true, false]);
    expect(announce(tracker, {})).to.equal(undefined);
    expect(announce(tracker, { torrent: T2 })).to.equal(REFUSALS.unknownTorrent);
    announce(tracker, { event: EVENT_STOPPED });
    expect(tracker.stats).to.include({ torrents: 1, planted: 1 });
    announce(tracker, {});
    tracker.drop(T1);
    expect(tracker.carries(T1)).to.equal(false);
    expect(tracker.stats).to.include({ torrents: 0, planted: 0, peers4: 0 });
    expect(announce(tracker, {})).to.equal(REFUSALS.unknownTorrent);
  });

  it('keeps the swarm of a dropped torrent in open mode until it is empty', () => {
    const tracker = createTracker();
    tracker.carry(T1, 5);
    announce(tracker, {});
    tracker.drop(T1);
    expect(scrape(tracker)).to.deep.equal([0, 1, 5]);
    announce(tracker, { event: EVENT_STOPPED });
    expect(scrape(tracker)).to.deep.equal([0, 0, 0]);
  });

  it('hands over counts of downloads that changed, of planted torrents only', () => {
    const tracker = createTracker();
    tracker.carry(T1, 41);
    tracker.carry(T1, 3);
    tracker.carry(T2);
    for (const torrent of [T1, T2, '3'.repeat(40)])
      announce(tracker, { torrent, event: EVENT_COMPLETED, isSeeder: true });
    expect(tracker.takeDownloaded(1)).to.deep.equal([{ infoHash: T1, downloaded: 42 }]);
    expect(tracker.takeDownloaded(10)).to.deep.equal([{ infoHash: T2, downloaded: 1 }]);
    announce(tracker, { event: EVENT_COMPLETED, isSeeder: true });
    expect(tracker.takeDownloaded(10)).to.deep.equal([]);
    announce(tracker, { port: 9, event: EVENT_COMPLETED });
    tracker.drop(T1);
    expect(tracker.takeDownloaded(10)).to.deep.equal([]);
  });

  it('scrapes zeroes for an unknown torrent', () => {
    const tracker = createTracker();
    expect(scrape(tracker)).to.deep.equal([0, 0, 0]);
  });

  it('refuses new peers and torrents at the limits, and still refreshes those it has', () => {
    const tracker = createTracker({ maxTorrents: 2, maxPeers: 3, maxPeersPerTorrent: 2 });
    announce(tracker, { port: 1 });
    announce(tracker, { port: 2 });
    expect(announce(tracker, { port: 3 })).to.equal(REFUSALS.full);
    expect(announce(tracker, { address: '00'.repeat(16), port: 3 })).to.equal(REFUSALS.full);
    expect(announce(tracker, { port: 1 })).to.equal(undefined);
    tracker.carry(T2);
    expect(announce(tracker, { torrent: '3'.repeat(40) })).to.equal(REFUSALS.full);
    expect(() => tracker.carry('4'.repeat(40)))
      .to.throw(PublicError)
      .with.property('code', 'full');
    expect(announce(tracker, { torrent: T2, port: 1 })).to.equal(undefined);
    expect(announce(tracker, { torrent: T2, port: 2 })).to.equal(REFUSALS.full);
    expect(announce(tracker, { torrent: T2, port: 1 })).to.equal(undefined);
    expect(tracker.stats).to.include({ torrents: 2, peers4: 3 });
  });

  it('answers longer intervals under pressure, never so long that a client would be forgotten', () => {
    const tracker = createTracker();
    const intervals = (pressure: number): [number, number] => {
      tracker.setPressure(pressure);
      const seen: number[] = [];
      for (let i = 0; i < 5000; i++) {
        announce(tracker, {});
        seen.push(answer.intervalSeconds);
      }
      return [Math.min(...seen), Math.max(...seen)];
    };
    expect(intervals(0.5)).to.deep.equal([1890, 2310]);
    expect(intervals(1)).to.deep.equal([2160, 2640]);
    expect(intervals(7)).to.deep.equal([2160, 2640]);
    expect(intervals(-1)).to.deep.equal([1620, 1980]);
  });

  it('asks the only peer of a torrent that others carry too back soon, once', () => {
    const tracker = createTracker({ mode: 'planted' });
    for (const torrent of [T1, T2]) tracker.carry(torrent);
    tracker.sharing.shared.links.ensure(tracker.sharing.findCarried(Buffer.from(T1, 'hex'), 0), 1);
    const intervalOf = (asker: Asker): number => {
      announce(tracker, asker);
      return answer.intervalSeconds;
    };
    expect(intervalOf({ torrent: T2 })).to.be.within(1620, 1980);
    expect(intervalOf({ torrent: T1 })).to.be.within(108, 132);
    expect(answer.minIntervalSeconds).to.equal(answer.intervalSeconds);
    expect(intervalOf({ torrent: T1 })).to.be.within(1620, 1980);
    expect(intervalOf({ torrent: T1, port: 2 })).to.be.within(1620, 1980);
    for (const port of [6881, 2]) announce(tracker, { torrent: T1, port, event: EVENT_STOPPED });
    expect(intervalOf({ torrent: T1, port: 3 })).to.be.within(108, 132);
  });

  it('tells how full it is: of torrents, or of peers', () => {
    const tracker = createTracker({ maxTorrents: 4, maxPeers: 10 });
    expect(tracker.fill).to.equal(0);
    announce(tracker, {});
    expect(tracker.fill).to.equal(0.25);
    for (let port = 1; port <= 4; port++) announce(tracker, { port });
    expect(tracker.fill).to.equal(0.5);
  });

  it('answers intervals of all lengths within a tenth', () => {
    const tracker = createTracker();
    const seen = new Set<number>();
    for (let i = 0; i < 5000; i++) {
      announce(tracker, {});
      seen.add(answer.intervalSeconds);
      expect(answer.minIntervalSeconds).to.equal(900);
    }
    expect([Math.min(...seen), Math.max(...seen)]).to.deep.equal([1620, 1980]);
    expect(seen.size).to.be.above(330);
  });

  it('expires a peer between 45 and 46 minutes after its last announce', () => {
    const tracker = createTracker();
    announce(tracker, { nowSeconds: 119 });
    announce(tracker, { torrent: T2, nowSeconds: 119 });
    announce(tracker, { torrent: T2, nowSeconds: 200 });
    expect(tracker.sweep(119 + 2700, 10)).to.equal(0);
    expect(tracker.sweep(119 + 2701, 10)).to.equal(1);
    expect(tracker.stats).to.include({ torrents: 1, peers4: 1, expired: 1 });
  });

  it('expires nobody when the clock is set back, and goes on expiring after it', () => {
    const tracker = createTracker();
    announce(tracker, { nowSeconds: 1_000_000 });
    expect(tracker.sweep(0, 10)).to.equal(0);
    expect(tracker.sweep(2000, 10)).to.equal(0);
    expect(tracker.sweep(2820, 10)).to.equal(1);
  });

  it('sweeps in slices, going round for ever', () => {
    const tracker = createTracker();
    for (let i = 0; i < 10; i++) announce(tracker, { torrent: String(i).repeat(40) });
    const expired = Array.from({ length: 5 }, () => tracker.sweep(3000, 3));
    expect(expired).to.deep.equal([3, 3, 3, 1, 0]);
    announce(tracker, { nowSeconds: 3000 });
    expect(tracker.sweep(3060, 3)).to.equal(0);
    expect(tracker.sweep(6000, 100)).to.equal(1);
  });

  it('refuses options out of range by name', () => {
    const cases: [Partial<TrackerOptions>, RegExp][] = [
      [{ peerLifetimeSeconds: 3301 }, /peerLifetimeSeconds must be between 1 and 3300/],
      [{ maxPeersPerTorrent: 200_000 }, /maxPeersPerTorrent must be between 1 and 114688/],
      [{ minIntervalSeconds: 1801 }, /minIntervalSeconds must be between 1 and 1800/],
      [{ intervalSeconds: Number.NaN }, /intervalSeconds/],
    ];
    for (const [changes, message] of cases) expect(() => createTracker(changes)).to.throw(RangeError, message);
  });

  it('counts the peers that another keeps in scrapes', () => {
    const tracker = createTracker();
    announce(tracker, { isSeeder: true });
    tracker.countAlso({
      addCounts: (infoHash, offset, into) => {
        expect(Buffer.from(infoHash).toString('hex', offset, offset + 20)).to.equal(T1);
        into.leechers += 3;
      },
    });
    expect(scrape(tracker)).to.deep.equal([1, 3, 0]);
  });

  it('tells other doors which torrents it tracks, and counts the downloads that they see', () => {
    const planted = createTracker({ mode: 'planted' });
    planted.carry(T1);
    const hashes = Buffer.from(`ff${T1}${T2}`, 'hex');
    expect(planted.checkTorrent(hashes, 1)).to.equal(undefined);
    expect(planted.checkTorrent(hashes, 21)).to.equal(REFUSALS.unknownTorrent);
    expect(createTracker().checkTorrent(hashes, 21)).to.equal(undefined);
    planted.countDownload(hashes, 1);
    planted.countDownload(hashes, 21);
    expect(scrape(planted)).to.deep.equal([0, 0, 1]);
    expect(planted.stats.completed).to.equal(1);
    expect(planted.takeDownloaded(10)).to.deep.equal([{ infoHash: T1, downloaded: 1 }]);
  });
});
