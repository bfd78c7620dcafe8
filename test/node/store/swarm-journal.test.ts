import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { JournalFile, readJournal } from '../../../node/store/swarm-journal.ts';
import { LOG_ENTRIES } from '../../../node/tracker/change-log.ts';
import { PeerKey } from '../../../node/tracker/peer-entry.ts';
import { Tracker } from '../../../node/tracker/tracker.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { AnnounceAnswer, AnnounceRequest, EVENT_STOPPED } from '../../../shared/protocol/tracker/tracker-messages.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { hashOf, NOW } from '../plant-records.ts';

const MINUTE_MS = 60_000;
const SHARED = [1, 2];
const OWN = 3;

/** Carries three torrents, of which two have co-carriers. */
function createTracker(): Tracker {
  const limits = { maxTorrents: 100, maxPeers: 10_000, maxPeersPerTorrent: 5000 };
  const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
  const tracker = new Tracker({ mode: 'planted', ...times, ...limits }, seededRandom(1));
  for (const torrent of [...SHARED, OWN]) tracker.carry(hashOf(torrent));
  return tracker;
}

function share(tracker: Tracker): Tracker {
  for (const torrent of SHARED) {
    tracker.sharing.shared.links.ensure(tracker.sharing.findCarried(infoHashBytes(hashOf(torrent)), 0), 1);
  }
  return tracker;
}

/** Ports of the others in an answer: even ones are of IPv4, odd ones of IPv6. */
function announce(tracker: Tracker, torrent: number, port: number, changes: Partial<AnnounceRequest> = {}): number[] {
  const request = new AnnounceRequest();
  infoHashBytes(hashOf(torrent)).copy(request.infoHash);
  request.address[0] = 42;
  Object.assign(request, { family: port % 2 === 0 ? 4 : 6, port, identity: port, ...changes });
  const answer = new AnnounceAnswer();
  tracker.announce(request, answer, Math.floor(NOW / 1000));
  return [
    ...Array.from({ length: answer.peers4Count }, (_, i) => answer.peers4.readUInt16BE(6 * i + 4)),
    ...Array.from({ length: answer.peers6Count }, (_, i) => answer.peers6.readUInt16BE(18 * i + 16)),
  ].sort((a, b) => a - b);
}

describe('node/store/swarm-journal.ts', () => {
  let folder: TemporaryFolder;
  let file: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = folder.at('swarms.journal');
  });
  afterEach(() => folder.remove());

  const write = async (tracker: Tracker, from: number): Promise<void> => {
    const { bytes } = tracker.journal.write(from, NOW / 1000)!;
    const journal = await JournalFile.begin(file);
    await journal.append(bytes, NOW);
    await journal.close();
  };

  it('brings back who came, takes away who went, and knows who became a seeder, whatever the image said', async () => {
    const before = share(createTracker());
    const after = createTracker();
    for (const tracker of [before, after]) for (const port of [2000, 2001, 2002, 2003]) announce(tracker, 1, port);
    const from = before.journal.head;
    announce(before, 1, 2000, { event: EVENT_STOPPED });
    announce(before, 1, 2001, { event: EVENT_STOPPED });
    announce(before, 1, 2002, { isSeeder: true });
    announce(before, 1, 2004);
    announce(before, 2, 2005);
    await write(before, from);
    expect(await readJournal(file, after.journal, NOW)).to.deep.equal({ changes: 5 });
    expect(announce(after, 1, 3000)).to.deep.equal([2002, 2003, 2004]);
    expect(announce(after, 2, 3000)).to.deep.equal([2005]);
    expect(after.stats).to.include({ seeders4: 1, seeders6: 0 });
  });

  it('says of a peer that came and went again and again how it was in the end', async () => {
    const before = share(createTracker());
    for (let round = 0; round < 3; round++) {
      announce(before, 1, 2000);
      announce(before, 1, 2000, { event: EVENT_STOPPED });
      announce(before, 1, 2002, { event: EVENT_STOPPED });
      announce(before, 1, 2002);
    }
    await write(before, 0);
    const after = createTracker();
    await readJournal(file, after.journal, NOW);
    expect(announce(after, 1, 3000)).to.deep.equal([2002]);
    announce(after, 1, 2002, { event: EVENT_STOPPED, identity: 1 });
    expect(announce(after, 1, 3000), 'stopped by somebody else').to.deep.equal([2002]);
  });

  it('leaves out who would have expired, and torrents that are carried no longer', async () => {
    const before = share(createTracker());
    announce(before, 1, 2000);
    announce(before, 2, 2000);
    await write(before, 0);
    const after = createTracker();
    after.drop(hashOf(2));
    await readJournal(file, after.journal, NOW + 10 * MINUTE_MS);
    expect(after.stats.peers4).to.equal(1);
    after.sweep((NOW + 46.5 * MINUTE_MS) / 1000, 100);
    expect(after.stats.peers4, 'its age counts from its announce').to.equal(0);
    await readJournal(file, after.journal, NOW + 50 * MINUTE_MS);
    expect(after.stats.peers4).to.equal(0);
  });

  it('notes nothing of torrents that nobody else carries, and says when it has lost something', () => {
    const tracker = share(createTracker());
    const from = tracker.journal.head;
    announce(tracker, OWN, 2000);
    expect(tracker.journal.write(from, NOW / 1000)).to.deep.equal({ bytes: Buffer.alloc(0), next: from });
    for (let change = 0; change <= LOG_ENTRIES; change++) tracker.sharing.log.note(0, 0, 4, new PeerKey());
    expect(tracker.journal.write(from, NOW / 1000)).to.equal(undefined);
  });

  it("is nobody else's to read, may be missing or of another form, and gives what comes before a damage and says that there is one", async () => {
    const before = share(createTracker());
    announce(before, 1, 2000);
    await write(before, 0);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const whole = readFileSync(file);
    const longer = Buffer.alloc(10);
    longer.writeUInt32BE(60);
    writeFileSync(file, Buffer.concat([whole, longer]));
    const damaged = await readJournal(file, createTracker().journal, NOW);
    expect(damaged).to.deep.equal({ changes: 1, damage: 'the last frame is cut off' });
    writeFileSync(file, whole);
    const ahead = await readJournal(file, createTracker().journal, NOW - 10 * MINUTE_MS);
    expect(ahead).to.deep.equal({ changes: 0, damage: 'the clock is behind the time when it was written' });
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      expect((await readJournal(file, createTracker().journal, NOW))!.changes).to.equal(0);
    }
    expect(await readJournal(folder.at('no-such-file'), before.journal, NOW)).to.equal(undefined);
  });
});
