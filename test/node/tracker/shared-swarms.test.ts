import { expect } from 'chai';
import fc from 'fast-check';
import { PeerKey } from '../../../node/tracker/peer-entry.ts';
import { SwarmStore } from '../../../node/tracker/swarm-store.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { AnnounceRequest, EVENT_STOPPED, ScrapeCounts } from '../../../shared/protocol/tracker/tracker-messages.ts';
import { hashOf } from '../plant-records.ts';
import { expectSound } from './invariants.ts';

const T = infoHashBytes(hashOf(1));
const LIMITS = { maxTorrents: 10, maxPeers: 10_000, maxPeersPerTorrent: 5000 };
const SLOTS = [0, 5, 255];

/** A store with one planted torrent and a link to each of SLOTS. */
function createStore(limits: Partial<ConstructorParameters<typeof SwarmStore>[0]> = {}) {
  const store = new SwarmStore({ ...LIMITS, ...limits }, seededRandom(3));
  const torrent = store.torrents.add(T, 0);
  store.torrents.setPlanted(torrent, true);
  const links = SLOTS.map((slot) => store.shared.links.ensure(torrent, slot));
  return { store, torrent, links };
}

function keyOf(family: 4 | 6, host: number, port: number, slot: number): PeerKey {
  const key = new PeerKey();
  const address = Buffer.alloc(16);
  address.writeUInt32BE(0x2a000000 + (family === 4 ? host : 0), 0);
  address.writeUInt32BE(host, 12);
  key.set(family, address, port);
  key.setOrigin(slot);
  return key;
}

function announceOf(family: 4 | 6, host: number, port: number): AnnounceRequest {
  const request = new AnnounceRequest();
  T.copy(request.infoHash);
  request.family = family;
  request.address.writeUInt32BE(0x2a000000 + (family === 4 ? host : 0), 0);
  request.address.writeUInt32BE(host, 12);
  if (family === 4) request.address.fill(0, 4);
  request.port = port;
  return request;
}

describe('node/tracker/shared-swarms.ts', () => {
  it('keeps the same peer once for each origin and once as its own, and none touches another', () => {
    const { store, torrent, links } = createStore();
    const request = announceOf(4, 1, 2000);
    store.enter(torrent, request, 0);
    for (const [index, link] of links.entries()) {
      expect(store.shared.put(link, 4, keyOf(4, 1, 2000, SLOTS[index]!), false, 0)).to.equal('stored');
    }
    expect(store.peers4.countOf(torrent + 8)).to.equal(4);
    expect(store.shared.ownCount(torrent, 4)).to.equal(1);
    store.shared.remove(links[1]!, 4, keyOf(4, 1, 2000, SLOTS[1]!));
    expect(links.map((link) => store.shared.links.storedTotal(link))).to.deep.equal([1, 0, 1]);
    request.event = EVENT_STOPPED;
    store.leave(torrent, request);
    expect(store.shared.ownCount(torrent, 4)).to.equal(0);
    expect(store.shared.links.stored).to.equal(2);
    expectSound(store);
  });

  it('counts its own peers and what co-carriers report, not what it keeps of them', () => {
    const { store, torrent, links } = createStore();
    store.enter(torrent, announceOf(4, 1, 2000), 0);
    store.shared.put(links[0]!, 4, keyOf(4, 2, 2000, 0), true, 0);
    store.shared.put(links[0]!, 6, keyOf(6, 2, 2000, 0), false, 0);
    const counts = new ScrapeCounts();
    store.count(torrent, counts);
    expect({ ...counts }).to.deep.equal({ seeders: 0, leechers: 1, downloaded: 0 });
    store.shared.links.report(links[0]!, 30, 40);
    store.shared.links.report(links[2]!, 1, 2);
    store.count(torrent, counts);
    expect({ ...counts }).to.deep.equal({ seeders: 31, leechers: 43, downloaded: 0 });
  });

  it('drops a torrent with all that co-carriers sent', () => {
    const { store, torrent, links } = createStore();
    for (const [index, link] of links.entries()) {
      store.shared.put(link, 4, keyOf(4, index, 2000, SLOTS[index]!), false, 0);
    }
    store.shared.unlinkAll(torrent);
    expect([store.shared.links.count, store.shared.links.stored, store.peers4.count]).to.deep.equal([0, 0, 0]);
    expect(store.shared.links.first(torrent)).to.equal(0);
  });

  it('has no room for others beyond half of its own, nor for one beyond a quarter', () => {
    const { store, links } = createStore({ maxPeers: 400, shared: { maxPeersPerLink: 1000, maxPeersPerAddress: 100 } });
    const outcomes = links.map((link, index) => {
      const kept = Array.from({ length: 150 }, (_, host) => {
        return store.shared.put(link, 4, keyOf(4, 1000 * index + host, 2000, SLOTS[index]!), false, 0);
      });
      return kept.filter((outcome) => outcome === 'stored').length;
    });
    expect(outcomes).to.deep.equal([100, 100, 0]);
  });

  it('forgets remote peers as it forgets its own, and tells of its own alone', () => {
    const { store, torrent, links } = createStore();
    store.enter(torrent, announceOf(4, 1, 2000), 0);
    store.shared.put(links[0]!, 4, keyOf(4, 2, 2000, 0), false, 0);
    const noted = store.shared.log.head;
    expect(store.expire(torrent, 46, 45)).to.equal(2);
    expect(store.shared.log.head - noted).to.equal(1);
    expect(store.shared.links.stored).to.equal(0);
    expectSound(store);
  });

  it('notes an own peer that is new, changes, or announces in another period, and nothing else', () => {
    const { store, torrent } = createStore({ refreshMinutes: 15 });
    const request = announceOf(4, 1, 2000);
    const noted = (minute: number, isSeeder: boolean): number => {
      const before = store.shared.log.head;
      request.isSeeder = isSeeder;
      store.enter(torrent, request, minute);
      return store.shared.log.head - before;
    };
    const states: [number, boolean][] = [
      [30, false],
      [30, false],
      [44, false],
      [44, true],
      [45, true],
      [46, true],
      [75, true],
      [75, false],
    ];
    expect(states.map(([minute, isSeeder]) => noted(minute, isSeeder))).to.deep.equal([1, 0, 0, 1, 1, 0, 1, 1]);
  });

  describe('merging', () => {
    interface Change {
      readonly link: number;
      readonly host: number;
      readonly isSeeder: boolean;
      readonly isRemoved: boolean;
    }
    const change = fc.record({
      link: fc.nat(2),
      host: fc.nat(20),
      isSeeder: fc.boolean(),
      isRemoved: fc.boolean(),
    });
    const changes = fc.array(change, { maxLength: 60 });

    function apply(list: readonly Change[]): ReturnType<typeof createStore> {
      const made = createStore();
      for (const { link, host, isSeeder, isRemoved } of list) {
        const key = keyOf(host % 2 === 0 ? 4 : 6, host, 2000, SLOTS[link]!);
        const family = host % 2 === 0 ? 4 : 6;
        if (isRemoved) made.store.shared.remove(made.links[link]!, family, key);
        else made.store.shared.put(made.links[link]!, family, key, isSeeder, 5);
      }
      expectSound(made.store);
      return made;
    }

    /** Everything that is kept, as text. */
    function contents({ store, torrent }: ReturnType<typeof createStore>): string[] {
      const entries: string[] = [];
      for (const peers of [store.peers4, store.peers6]) {
        const { words, entryWords } = peers.blocks;
        const swarm = torrent + (entryWords === 2 ? 8 : 11);
        const start = peers.startOf(swarm);
        for (let at = start; at < start + peers.slotsOf(swarm) * entryWords; at += entryWords) {
          if (words[at] !== 0) entries.push([...words.subarray(at, at + entryWords)].join());
        }
      }
      return entries.sort();
    }

    const ofOrigin = (list: readonly Change[], link: number): Change[] => list.filter((one) => one.link === link);

    it('is commutative and associative: the order among origins does not matter', () => {
      fc.assert(
        fc.property(changes, (list) => {
          const expected = contents(apply(list));
          for (const order of [
            [0, 1, 2],
            [2, 1, 0],
            [1, 0, 2],
          ]) {
            expect(contents(apply(order.flatMap((link) => ofOrigin(list, link))))).to.deep.equal(expected);
          }
        }),
        { numRuns: 60 },
      );
    });

    it('is idempotent: what one origin says last is all that counts, however often it is said', () => {
      fc.assert(
        fc.property(changes, (list) => {
          const last = list.filter(({ link, host }, index) => {
            return !list.slice(index + 1).some((later) => later.link === link && later.host === host);
          });
          const expected = contents(apply(last));
          expect(contents(apply(list))).to.deep.equal(expected);
          expect(contents(apply([...list, ...last]))).to.deep.equal(expected);
        }),
        { numRuns: 60 },
      );
    });
  });
});
