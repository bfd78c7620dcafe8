// What every door of a tracker must do alike, whatever bytes it speaks: run over each of them with a driver.

import { expect } from 'chai';
import { Tracker } from '../../node/tracker/tracker.ts';
import { seededRandom } from '../../shared/platform/random.ts';

export interface AnnounceParameters {
  /** 40 hex digits. */
  readonly infoHash: string;
  /** Peers of one driver share an address: the port tells them apart. */
  readonly port: number;
  readonly event?: 'started' | 'stopped' | 'completed' | undefined;
  readonly left?: number | undefined;
  readonly numwant?: number | undefined;
  /** 8 hex digits. */
  readonly key?: string | undefined;
  /** 20 characters. */
  readonly peerId?: string | undefined;
}

export interface AnnounceResult {
  readonly intervalSeconds: number;
  readonly seeders: number;
  readonly leechers: number;
  /** Ports of the peers of the asker's family. */
  readonly ports: readonly number[];
}

export interface ScrapeResult {
  readonly seeders: number;
  readonly leechers: number;
  readonly downloaded: number;
}

/** A client of one door over one address family; refusals throw an Error with the message. */
export interface TrackerDriver {
  announce(parameters: AnnounceParameters): Promise<AnnounceResult>;
  /** In the order asked. */
  scrape(infoHashes: readonly string[]): Promise<ScrapeResult[]>;
  close(): Promise<void>;
}

/** A tracker with room for tests, in planted mode unless told otherwise. */
export function createTestTracker(mode: 'open' | 'planted' = 'planted'): Tracker {
  const limits = { maxTorrents: 100, maxPeers: 10_000, maxPeersPerTorrent: 5_000 };
  const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
  return new Tracker({ mode, ...limits, ...times }, seededRandom(1));
}

const CARRIED = 'c0'.repeat(20);
const CARRIED_TOO = 'c1'.repeat(20);
const UNKNOWN = 'ee'.repeat(20);

export type OpenDriver = (tracker: Tracker) => Promise<TrackerDriver>;

interface Behaviour {
  readonly tracker: Tracker;
  readonly driver: TrackerDriver;
  announce(port: number, more?: Partial<AnnounceParameters>): Promise<AnnounceResult>;
  /** Announces that want no peers, one after the other. */
  enter(ports: readonly number[], more?: Partial<AnnounceParameters>): Promise<void>;
}

/** Registers the suite for a door that tells addresses; `open` starts it for the tracker and connects to it. */
export function describeTrackerBehaviour(name: string, open: OpenDriver): void {
  describe(`tracker behaviour over ${name}`, () => {
    const behaviour = prepare(open);
    itKeepsSwarms(behaviour);
    itTellsAddresses(behaviour);
  });
}

/** The same for a door that introduces peers to each other, whatever their addresses: `ports` are those introduced. */
export function describeIntroductionBehaviour(name: string, open: OpenDriver): void {
  describe(`tracker behaviour over ${name}`, () => itKeepsSwarms(prepare(open)));
}

/** Registers hooks that give every test a tracker with two torrents, and a driver. */
function prepare(open: OpenDriver): Behaviour {
  let tracker: Tracker;
  let driver: TrackerDriver;

  beforeEach(async () => {
    tracker = createTestTracker();
    tracker.carry(CARRIED);
    tracker.carry(CARRIED_TOO, 7);
    driver = await open(tracker);
  });

  afterEach(() => driver.close());

  const announce: Behaviour['announce'] = (port, more = {}) =>
    driver.announce({ infoHash: CARRIED, port, left: 1000, event: 'started', ...more });

  return {
    get tracker() {
      return tracker;
    },
    get driver() {
      return driver;
    },
    announce,
    enter: async (ports, more = {}) => {
      for (const port of ports) await announce(port, { numwant: 0, ...more });
    },
  };
}

function itKeepsSwarms(behaviour: Behaviour): void {
  const { announce, enter } = behaviour;

  it('counts the asker, and leaves it out of the peers', async () => {
    expect(await announce(1001)).to.deep.include({ seeders: 0, leechers: 1, ports: [] });
    expect(await announce(1002, { left: 0 })).to.deep.include({ seeders: 1, leechers: 1, ports: [1001] });
    expect(await announce(1001, { event: undefined })).to.deep.include({ seeders: 1, leechers: 1, ports: [1002] });
  });

  it('chooses peers anew each time, all of them sooner or later', async () => {
    await enter(Array.from({ length: 40 }, (_, i) => 2000 + i));
    const seen = new Set<number>();
    const firsts = new Set<number | undefined>();
    for (let i = 0; i < 60; i++) {
      const { ports } = await announce(1001, { numwant: 5 });
      firsts.add(ports[0]);
      for (const port of ports) seen.add(port);
    }
    expect(seen.size).to.equal(40);
    expect(firsts.size).to.be.above(5);
  });

  it('does not give seeders to seeders', async () => {
    await enter([2001, 2002], { left: 0 });
    await enter([2003]);
    expect((await announce(1001, { left: 0 })).ports).to.deep.equal([2003]);
    expect([...(await announce(1002)).ports].sort()).to.deep.equal([1001, 2001, 2002, 2003]);
  });

  it('knows a seeder that came as a leecher, and a leecher that came as a seeder', async () => {
    await enter([2001]);
    expect(await announce(2001, { left: 0, event: 'completed' })).to.include({ seeders: 1, leechers: 0 });
    expect(await announce(2001, { left: 5, event: undefined })).to.include({ seeders: 0, leechers: 1 });
  });

  it('forgets a peer that stops, and gives it no peers', async () => {
    await enter([2001, 2002]);
    expect(await announce(2001, { event: 'stopped' })).to.deep.include({ leechers: 1, ports: [] });
    expect((await announce(2003)).ports).to.deep.equal([2002]);
  });

  it('does not enter a peer that stops without having started', async () => {
    expect(await announce(2001, { event: 'stopped' })).to.deep.include({ seeders: 0, leechers: 0 });
  });

  it('refuses a torrent that it does not carry, rather than answering with no peers', async () => {
    const refusal = await behaviour.driver.announce({ infoHash: UNKNOWN, port: 1001 }).then(() => 'answered', String);
    expect(refusal).to.contain('torrent not carried here');
    behaviour.tracker.drop(CARRIED);
    expect(await announce(1001).then(() => 'answered', String)).to.contain('torrent not carried here');
  });

  it('keeps swarms apart', async () => {
    await enter([2001]);
    expect((await behaviour.driver.announce({ infoHash: CARRIED_TOO, port: 1001 })).ports).to.deep.equal([]);
  });

  it('scrapes in the order asked, with zeroes for the unknown', async () => {
    await enter([2001, 2002]);
    await enter([2003], { left: 0 });
    expect(await behaviour.driver.scrape([UNKNOWN, CARRIED_TOO, CARRIED])).to.deep.equal([
      { seeders: 0, leechers: 0, downloaded: 0 },
      { seeders: 0, leechers: 0, downloaded: 7 },
      { seeders: 1, leechers: 2, downloaded: 0 },
    ]);
  });

  it('counts a download once, however often it is told, and none that started complete', async () => {
    await enter([2001]);
    for (let i = 0; i < 3; i++) await announce(2001, { left: 0, event: 'completed' });
    await announce(2002, { left: 0, event: 'started' });
    expect((await behaviour.driver.scrape([CARRIED]))[0]).to.deep.equal({ seeders: 2, leechers: 0, downloaded: 1 });
  });
}

function itTellsAddresses({ announce, enter }: Behaviour): void {
  it('answers an interval of 1800 seconds, give or take a tenth', async () => {
    expect((await announce(1001)).intervalSeconds).to.be.within(1620, 1980);
  });

  it('gives exactly as many peers as asked for: none, one, odd, all; the default for -1 and for nothing', async () => {
    await enter(Array.from({ length: 60 }, (_, i) => 2000 + i));
    for (const [numwant, count] of [
      [0, 0],
      [1, 1],
      [7, 7],
      [33, 33],
      [60, 60],
      [200, 60],
      [-1, 50],
      [undefined, 50],
    ]) {
      const { ports } = await announce(1001, { numwant });
      expect(ports, `numwant ${numwant}`).to.have.length(count!);
      expect(new Set(ports).size).to.equal(count);
    }
  });

  it('keeps a peer when somebody else stops at its address, by key and by peer id', async () => {
    await enter([2001], { key: '00000001' });
    await announce(2001, { event: 'stopped', key: '00000002' });
    expect((await announce(1001)).ports).to.deep.equal([2001]);
    await announce(2001, { event: 'stopped', key: '00000001', peerId: '-XX0001-bbbbbbbbbbbb' });
    expect((await announce(1001)).ports).to.deep.equal([]);
    await enter([2002], { peerId: '-XX0001-aaaaaaaaaaaa' });
    await announce(2002, { event: 'stopped', peerId: '-XX0001-bbbbbbbbbbbb' });
    expect((await announce(1001)).ports).to.deep.equal([2002]);
    await announce(2002, { event: 'stopped', peerId: '-XX0001-aaaaaaaaaaaa' });
    expect((await announce(1001)).ports).to.deep.equal([]);
  });

  it('keeps the new identity when the old one stops after it started', async () => {
    await enter([2001], { key: '00000001' });
    await enter([2001], { key: '00000002' });
    await announce(2001, { event: 'stopped', key: '00000001' });
    expect((await announce(1001)).ports).to.deep.equal([2001]);
  });

  it('refuses a peer without a port', async () => {
    expect(await announce(0).then(() => 'answered', String)).to.contain('port must be');
  });
}
