import { expect } from 'chai';
import fc from 'fast-check';
import { PlantedTorrents } from '../../../node/tracker/planted-torrents.ts';
import { SwarmStore } from '../../../node/tracker/swarm-store.ts';
import { Sweep } from '../../../node/tracker/sweep.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import {
  type AddressFamily,
  AnnounceAnswer,
  AnnounceRequest,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
  ScrapeCounts,
} from '../../../shared/protocol/tracker/tracker-messages.ts';
import { expectSound } from './invariants.ts';
import { NaiveTracker } from './naive-tracker.ts';

const EVENTS = {
  none: EVENT_NONE,
  completed: EVENT_COMPLETED,
  started: EVENT_STARTED,
  stopped: EVENT_STOPPED,
} as const;
const LIFETIME_MINUTES = 45;
const MAX_PEERS_PER_TORRENT = 150;
const ADDRESSES = 16;

/** A crowd of announces, from so few endpoints that they meet, as one command: blocks grow and shrink within a run. */
const crowd = fc.record({
  kind: fc.constant('crowd' as const),
  torrent: fc.nat(2),
  seed: fc.integer(),
  size: fc.constantFrom(1, 3, 30, 150, 400),
  ports: fc.constantFrom(2, 16),
  families: fc.constantFrom([4], [6], [4, 6] as const),
  events: fc.array(fc.constantFrom('none', 'completed', 'started', 'stopped' as const), { minLength: 1, maxLength: 4 }),
});
const wait = fc.record({ kind: fc.constant('wait' as const), minutes: fc.nat(17) });
const plant = fc.record({ kind: fc.constantFrom('carry' as const, 'drop' as const), torrent: fc.nat(2) });

/** The packed store and the naive one, driven alike. */
class Twins {
  minute = 0;
  readonly store = new SwarmStore(
    { maxTorrents: 3, maxPeers: 5000, maxPeersPerTorrent: MAX_PEERS_PER_TORRENT },
    seededRandom(3),
  );
  readonly naive = new NaiveTracker(LIFETIME_MINUTES, MAX_PEERS_PER_TORRENT);
  readonly #planted = new PlantedTorrents(this.store);
  readonly #sweep = new Sweep(this.store, LIFETIME_MINUTES);
  readonly #request = new AnnounceRequest();
  readonly #answer = new AnnounceAnswer();

  announce(
    torrent: number,
    family: AddressFamily,
    address: number,
    port: number,
    event: keyof typeof EVENTS,
    chance: number,
  ): void {
    const request = this.#request;
    request.infoHash.fill(torrent);
    request.family = family;
    request.address.fill(0).writeUInt8(address, family === 4 ? 3 : 15);
    request.port = port;
    request.event = EVENTS[event];
    request.isSeeder = (chance & 1) === 1;
    request.identity = 0xabcdef00 + ((chance >>> 1) & 1);
    request.numwant = chance % 201;
    const endpoint = `${family} ${address} ${port}`;
    const isTaken = this.naive.announce(
      request.infoHash.toString('hex'),
      { endpoint, event, isSeeder: request.isSeeder, identity: request.identity },
      this.minute,
    );
    expect(this.#announcePacked(request)).to.equal(isTaken);
    if (isTaken && event !== 'stopped') this.#compareAnswer(endpoint);
  }

  plant(kind: 'carry' | 'drop', torrent: number): void {
    const hash = Buffer.alloc(20, torrent).toString('hex');
    if (kind === 'carry') this.#planted.add(hash, 0);
    else this.#planted.remove(hash, false);
    this.naive[kind](hash);
  }

  /** Lets time pass, then goes a whole round in slices of one torrent. */
  wait(minutes: number): void {
    this.minute += minutes;
    let expired = 0;
    for (let slice = 0; slice < 4; slice++) expired += this.#sweep.next(this.minute, 1);
    expect(expired).to.equal(this.naive.sweep(this.minute));
  }

  compareCounts(): void {
    expect(this.store.torrents.count).to.equal(this.naive.torrents.size);
    for (const [hash, torrent] of this.naive.torrents) {
      const counts = new ScrapeCounts();
      this.store.count(this.store.torrents.find(Buffer.from(hash, 'hex'), 0), counts);
      const seeders = [...torrent.peers.values()].filter(({ isSeeder }) => isSeeder).length;
      const expected = { seeders, leechers: torrent.peers.size - seeders, downloaded: torrent.downloaded };
      expect({ ...counts }).to.deep.equal(expected);
    }
    expectSound(this.store);
  }

  #announcePacked(request: AnnounceRequest): boolean {
    let torrent = this.store.torrents.find(request.infoHash, 0);
    if (request.event === EVENT_STOPPED) {
      if (torrent === 0) return true;
      this.store.leave(torrent, request);
      this.store.forgetIfUnused(torrent);
      return true;
    }
    if (torrent === 0) torrent = this.store.torrents.add(request.infoHash, 0);
    const at = this.store.enter(torrent, request, this.minute);
    if (at >= 0) this.store.choosePeers(torrent, request, at, this.#answer);
    return at >= 0;
  }

  /** The peers chosen are different, of the swarm, not the asker, not seeders for a seeder, and as many as wanted. */
  #compareAnswer(asker: string): void {
    const { infoHash, isSeeder, numwant } = this.#request;
    const { peers } = this.naive.torrents.get(infoHash.toString('hex'))!;
    const eligible = new Set<string>();
    for (const [endpoint, peer] of peers)
      if (endpoint !== asker && !(isSeeder && peer.isSeeder)) eligible.add(endpoint);
    const expected = Math.min(numwant, eligible.size);
    const { peers4, peers4Count, peers6, peers6Count } = this.#answer;
    expect(peers4Count + peers6Count).to.equal(expected);
    for (let i = 0; i < peers4Count; i++) {
      const endpoint = `4 ${peers4.readUInt32BE(6 * i)} ${peers4.readUInt16BE(6 * i + 4)}`;
      expect(eligible.delete(endpoint), endpoint).to.equal(true);
    }
    for (let i = 0; i < peers6Count; i++) {
      const endpoint = `6 ${peers6.readUInt32BE(18 * i + 12)} ${peers6.readUInt16BE(18 * i + 16)}`;
      expect(eligible.delete(endpoint), endpoint).to.equal(true);
    }
  }
}

describe('node/tracker/swarm-store.ts', () => {
  it('does what the naive tracker does, and stays sound, whatever is announced, planted and expired', () => {
    const commands = fc.array(fc.oneof({ weight: 4, arbitrary: crowd }, wait, plant), { minLength: 5, maxLength: 25 });
    const property = fc.property(commands, (list) => {
      const twins = new Twins();
      for (const command of list) {
        if (command.kind === 'wait') twins.wait(command.minutes);
        else if (command.kind !== 'crowd') twins.plant(command.kind, command.torrent);
        else runCrowd(twins, command);
        twins.compareCounts();
      }
    });
    fc.assert(property, { numRuns: 25 });
  });

  it('takes new torrents until it is nine tenths full, and new peers of known ones until it is full', () => {
    const store = new SwarmStore({ maxTorrents: 2000, maxPeers: 1000, maxPeersPerTorrent: 100 }, seededRandom(4));
    expect(fillUp(store, 950)).to.deep.equal({ begun: 900, peers: 1000 });
    expect([store.fill, store.isFull, store.takesTorrents]).to.deep.equal([1, true, false]);
  });

  it('stays within its memory, and refuses torrents before peers there too', () => {
    const limits = { maxTorrents: 100_000, maxPeers: 10_000_000, maxPeersPerTorrent: 1000 };
    const store = new SwarmStore({ ...limits, maxMemoryBytes: 16 * 2 ** 20 }, seededRandom(4));
    const { peers } = fillUp(store, 3000);
    expect(peers).to.be.within(700_000, 1_900_000);
    expect(store.fill).to.be.within(0.9, 1);
    expect(store.takesTorrents).to.equal(false);
    expectSound(store);
  });

  it('has the largest swarms grow to thousands and shrink to nothing', () => {
    const store = new SwarmStore({ maxTorrents: 1, maxPeers: 5000, maxPeersPerTorrent: 5000 }, seededRandom(4));
    const request = new AnnounceRequest();
    const torrent = store.torrents.add(request.infoHash, 0);
    for (let i = 0; i < 10_000; i++) {
      request.event = i < 5000 ? EVENT_STARTED : EVENT_STOPPED;
      request.port = 1 + ((i * 7) % 5000);
      if (i < 5000) expect(store.enter(torrent, request, 0)).to.be.at.least(0);
      else store.leave(torrent, request);
      if (i % 500 === 0) expectSound(store);
    }
    expect([store.peers4.count, store.peers4.blocks.arena.usedSlots]).to.deep.equal([0, 0]);
  });
});

/** Announces until one is refused: how many torrents have begun then, and how many peers there are. */
function fillUp(store: SwarmStore, torrents: number): { begun: number; peers: number } {
  const request = new AnnounceRequest();
  for (let i = 0; ; i++) {
    request.address.writeUInt32BE(i);
    request.port = 1 + (i % 60_000);
    request.infoHash.writeUInt32BE(i % torrents);
    let torrent = store.torrents.find(request.infoHash, 0);
    if (torrent === 0) {
      if (!store.takesTorrents) continue;
      torrent = store.torrents.add(request.infoHash, 0);
    }
    if (store.enter(torrent, request, 0) < 0) return { begun: store.torrents.count, peers: store.peers4.count };
  }
}

function runCrowd(twins: Twins, command: typeof crowd extends fc.Arbitrary<infer T> ? T : never): void {
  const random = seededRandom(command.seed);
  for (let i = 0; i < command.size; i++) {
    const family = command.families[random.uint32() % command.families.length] as AddressFamily;
    const event = command.events[random.uint32() % command.events.length]!;
    const address = 1 + (random.uint32() % ADDRESSES);
    const port = 1 + (random.uint32() % command.ports);
    twins.announce(command.torrent, family, address, port, event, random.uint32() >>> 1);
  }
}
