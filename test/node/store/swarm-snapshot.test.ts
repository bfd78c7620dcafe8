import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readSnapshot, writeSnapshot } from '../../../node/store/swarm-snapshot.ts';
import { Tracker } from '../../../node/tracker/tracker.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { AnnounceAnswer, AnnounceRequest, EVENT_STOPPED } from '../../../shared/protocol/tracker/tracker-messages.ts';
import { hasProgram, need } from '../../helpers/needs.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { DAY_MS, hashOf, NOW } from '../plant-records.ts';

const MINUTE_MS = 60_000;

function createTracker(mode: 'open' | 'planted' = 'planted', maxPeers = 10_000): Tracker {
  const limits = { maxTorrents: 1000, maxPeers, maxPeersPerTorrent: 5000 };
  const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
  const tracker = new Tracker({ mode, ...times, ...limits }, seededRandom(1));
  if (mode === 'planted') for (let n = 1; n <= 20; n++) tracker.carry(hashOf(n));
  return tracker;
}

function announce(
  tracker: Tracker,
  torrent: number,
  port: number,
  now: number,
  changes: Partial<AnnounceRequest> = {},
): number[] {
  const request = new AnnounceRequest();
  infoHashBytes(hashOf(torrent)).copy(request.infoHash);
  const family = port % 2 === 0 ? 4 : 6;
  request.address[0] = 42;
  Object.assign(request, { family, port, isSeeder: port % 3 === 0, identity: port, ...changes });
  const answer = new AnnounceAnswer();
  tracker.announce(request, answer, Math.floor(now / 1000));
  return [
    ...Array.from({ length: answer.peers4Count }, (_, i) => answer.peers4.readUInt16BE(6 * i + 4)),
    ...Array.from({ length: answer.peers6Count }, (_, i) => answer.peers6.readUInt16BE(18 * i + 16)),
  ].sort((a, b) => a - b);
}

describe('node/store/swarm-snapshot.ts', () => {
  let folder: TemporaryFolder;
  let file: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = folder.at('swarms.snapshot');
  });
  afterEach(() => folder.remove());

  it('brings swarms back: peers of both families, who seeds, and who may stop whom', async () => {
    const before = createTracker();
    for (let port = 2000; port < 2020; port++) announce(before, 1 + (port % 5), port, NOW);
    await writeSnapshot(file, before.image, NOW);
    const after = createTracker();
    const restored = await readSnapshot(file, after.image, NOW + MINUTE_MS);
    expect(restored).to.deep.equal({ peers: 20, ageMs: MINUTE_MS });
    const { peers4, peers6, seeders4, seeders6 } = before.stats;
    expect(after.stats).to.include({ peers4, peers6, seeders4, seeders6 });
    expect(announce(after, 1, 3002, NOW)).to.deep.equal([2000, 2005, 2010, 2015]);
    announce(after, 1, 2000, NOW, { event: EVENT_STOPPED, identity: 1 });
    expect(announce(after, 1, 3002, NOW)).to.include(2000);
    announce(after, 1, 2000, NOW, { event: EVENT_STOPPED });
    expect(announce(after, 1, 3002, NOW)).to.not.include(2000);
  });

  it('lets nobody come back who would have expired, and nobody live longer for it', async () => {
    const before = createTracker();
    announce(before, 1, 2000, NOW);
    announce(before, 1, 2002, NOW + 20 * MINUTE_MS);
    await writeSnapshot(file, before.image, NOW + 20 * MINUTE_MS);
    const after = createTracker();
    expect((await readSnapshot(file, after.image, NOW + 50 * MINUTE_MS))!.peers).to.equal(1);
    after.sweep((NOW + 67 * MINUTE_MS) / 1000, 100);
    expect(after.stats.peers4).to.equal(0);
    expect((await readSnapshot(file, createTracker().image, NOW + DAY_MS))!.peers).to.equal(0);
  });

  it('leaves out torrents that are not carried any more, unless every torrent is tracked', async () => {
    const before = createTracker();
    announce(before, 20, 2000, NOW);
    await writeSnapshot(file, before.image, NOW);
    const after = createTracker();
    after.drop(hashOf(20));
    expect((await readSnapshot(file, after.image, NOW))!.peers).to.equal(0);
    expect((await readSnapshot(file, createTracker('open').image, NOW))!.peers).to.equal(1);
  });

  it('takes no more than there is room for', async () => {
    const before = createTracker();
    for (let port = 2000; port < 2100; port++) announce(before, 1, port, NOW);
    await writeSnapshot(file, before.image, NOW);
    expect((await readSnapshot(file, createTracker('planted', 30).image, NOW))!.peers).to.equal(30);
  });

  it("is nobody else's to read, and leaves nothing beside it", async () => {
    await writeSnapshot(file, createTracker().image, NOW);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readdirSync(folder.path)).to.deep.equal(['swarms.snapshot']);
  });

  it('may be missing; of another form, or from tomorrow, it gives nobody back and says why', async () => {
    const before = createTracker();
    const { image } = createTracker();
    expect(await readSnapshot(file, image, NOW)).to.equal(undefined);
    for (const text of ['', 'anatomic', 'x'.repeat(100)]) {
      writeFileSync(file, text);
      expect(await readSnapshot(file, image, NOW)).to.deep.equal({ peers: 0, damage: 'it is of another form' });
    }
    announce(before, 1, 2000, NOW);
    await writeSnapshot(file, before.image, NOW + DAY_MS);
    const read = await readSnapshot(file, image, NOW);
    expect(read).to.deep.equal({ peers: 0, damage: 'the clock is behind the time when it was written' });
  });

  it('stays as it was when the disk has no room for all of the next one', async function () {
    need(this, hasProgram('sh'), 'sh');
    const before = createTracker();
    announce(before, 1, 2000, NOW);
    await writeSnapshot(file, before.image, NOW);
    const whole = readFileSync(file);
    const child = fileURLToPath(new URL('./write-large-snapshot.ts', import.meta.url));
    // A file may have 512 bytes: the last frame fits in part, which the system tells by the length that it wrote and by no error.
    const limited = spawnSync('sh', ['-c', 'ulimit -f 1; exec "$0" "$@"', process.execPath, child, file]);
    expect(limited.stderr.toString()).to.include('EFBIG');
    expect(readFileSync(file).equals(whole)).to.equal(true);
    expect(readdirSync(folder.path)).to.deep.equal(['swarms.snapshot']);
  });

  it('gives what comes before the damage, and says that there is some', async () => {
    const before = createTracker();
    for (let port = 2000; port < 2100; port++) announce(before, 1 + (port % 20), port, NOW);
    await writeSnapshot(file, before.image, NOW);
    const whole = readFileSync(file);
    for (let length = 27; length < whole.length; length += 13) {
      writeFileSync(file, whole.subarray(0, length));
      const restored = await readSnapshot(file, createTracker().image, NOW);
      if (length >= 34) expect(restored!.damage).to.be.a('string');
    }
    const bent = Buffer.from(whole);
    bent[bent.length - 5]! ^= 1;
    writeFileSync(file, bent);
    expect((await readSnapshot(file, createTracker().image, NOW))!.damage).to.equal('a checksum is wrong');
    bent.writeUInt32BE(0xffffffff, 26);
    writeFileSync(file, bent);
    expect((await readSnapshot(file, createTracker().image, NOW))!.damage).to.equal('a frame is too long');
  });
});
