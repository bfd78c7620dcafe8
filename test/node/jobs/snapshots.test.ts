import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { restoreSwarms, type Snapshots, startSnapshots } from '../../../node/jobs/snapshots.ts';
import { Tracker } from '../../../node/tracker/tracker.ts';
import { systemClock } from '../../../shared/platform/clock.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import {
  AnnounceAnswer,
  AnnounceRequest,
  EVENT_NONE,
  EVENT_STOPPED,
} from '../../../shared/protocol/tracker/tracker-messages.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { until } from '../../helpers/until.ts';
import { hashOf } from '../plant-records.ts';

const HASH = infoHashBytes(hashOf(1));

function createTracker(): Tracker {
  const limits = { maxTorrents: 100, maxPeers: 1000, maxPeersPerTorrent: 500 };
  const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
  const tracker = new Tracker({ mode: 'planted', ...times, ...limits }, seededRandom(1));
  tracker.carry(hashOf(1));
  return tracker;
}

/** Announces, and returns how many others there are. */
function announce(tracker: Tracker, port: number, isStopped = false): number {
  const request = new AnnounceRequest();
  HASH.copy(request.infoHash);
  Object.assign(request, { port, family: 4, event: isStopped ? EVENT_STOPPED : EVENT_NONE });
  const answer = new AnnounceAnswer();
  tracker.announce(request, answer, Math.floor(Date.now() / 1000));
  return answer.peers4Count;
}

describe('node/jobs/snapshots.ts', () => {
  let folder: TemporaryFolder;
  let running: Snapshots[];
  const log = createLog({ level: 'silent', role: 'test' });
  const common = { clock: systemClock, log };

  beforeEach(() => {
    folder = new TemporaryFolder();
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((snapshots) => snapshots.stop()));
    folder.remove();
  });

  const filesIn = (name: string) => ({
    snapshot: folder.at(`${name}.snapshot`),
    journal: folder.at(`${name}.journal`),
  });
  const start = (tracker: Tracker, name: string, intervalMs = 3_600_000): Snapshots => {
    const { image, journal } = tracker;
    const options = { ...common, files: filesIn(name), image, journal, intervalMs, random: seededRandom(1) };
    const snapshots = startSnapshots(options);
    running.push(snapshots);
    return snapshots;
  };
  /** What a node would know that was started now with these files. */
  const restored = async (name: string): Promise<Tracker> => {
    const tracker = createTracker();
    await restoreSwarms({ ...common, files: filesIn(name), image: tracker.image, journal: tracker.journal });
    return tracker;
  };
  const shared = (tracker: Tracker): Tracker => {
    tracker.sharing.shared.links.ensure(tracker.sharing.findCarried(HASH, 0), 1);
    return tracker;
  };

  it('has on disk within a second or two who came and who went, long before the next snapshot', async () => {
    const tracker = shared(createTracker());
    announce(tracker, 2000);
    start(tracker, 'a');
    await until(() => existsSync(filesIn('a').journal));
    announce(tracker, 2001);
    announce(tracker, 2000, true);
    await until(async () => (await restored('a')).stats.peers4 === 1);
    await until(async () => announce(await restored('a'), 2001) === 0);
  });

  it('goes on from snapshot to snapshot without losing anybody', async () => {
    const tracker = shared(createTracker());
    start(tracker, 'a', 20);
    for (let port = 2000; port < 2050; port++) {
      announce(tracker, port);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(async () => (await restored('a')).stats.peers4 === 50);
  });

  it('leaves no journal from before beside a new snapshot when it cannot begin the next one', async () => {
    writeFileSync(filesIn('a').journal, 'of before');
    mkdirSync(`${filesIn('a').journal}.new`);
    start(createTracker(), 'a');
    await until(() => !existsSync(filesIn('a').journal));
    expect(existsSync(filesIn('a').snapshot)).to.equal(true);
  });

  it('leaves a snapshot alone behind when it stops', async () => {
    const tracker = shared(createTracker());
    const snapshots = start(tracker, 'a');
    await until(() => existsSync(filesIn('a').journal));
    announce(tracker, 2000);
    await snapshots.stop();
    expect(existsSync(filesIn('a').journal)).to.equal(false);
    expect(readFileSync(filesIn('a').snapshot).length).to.be.above(30);
    expect((await restored('a')).stats.peers4).to.equal(1);
  });
});
