import { expect } from 'chai';
import { PeerKey } from '../../../node/tracker/peer-entry.ts';
import { SwarmStore } from '../../../node/tracker/swarm-store.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { AnnounceAnswer, AnnounceRequest } from '../../../shared/protocol/tracker/tracker-messages.ts';

const LIMITS = { maxTorrents: 10, maxPeers: 100_000, maxPeersPerTorrent: 50_000 };
const answer = new AnnounceAnswer();

/** Own peers are at 10.0.x.y, those of slot s at 20.s.x.y; the asker is at 9.9.9.9. */
class Swarm {
  readonly store = new SwarmStore(
    { ...LIMITS, shared: { maxPeersPerLink: 5000, maxPeersPerAddress: 1000 } },
    seededRandom(9),
  );
  readonly torrent: number;
  readonly #key = new PeerKey();

  constructor(
    own: number,
    remote: Readonly<Record<number, number>>,
    isSeeder: (index: number) => boolean = () => false,
  ) {
    this.torrent = this.store.torrents.add(Buffer.alloc(20, 1), 0);
    this.store.torrents.setPlanted(this.torrent, true);
    for (let i = 0; i < own; i++) this.enter([10, 0, i >> 8, i & 255], isSeeder(i));
    for (const [slot, count] of Object.entries(remote)) {
      for (let i = 0; i < count; i++) this.put(Number(slot), [20, Number(slot), i >> 8, i & 255], isSeeder(i));
    }
  }

  enter(address: readonly number[], isSeeder: boolean, port = 2000): number {
    return this.store.enter(this.torrent, requestOf(address, isSeeder, port), 0);
  }

  put(slot: number, address: readonly number[], isSeeder: boolean, port = 2000): void {
    const link = this.store.shared.links.ensure(this.torrent, slot);
    this.#key.set(4, Uint8Array.from(address), port);
    this.#key.setOrigin(slot);
    expect(this.store.shared.put(link, 4, this.#key, isSeeder, 0)).to.equal('stored');
  }

  /** How many were given of the own peers, and of each origin; throws when somebody was given twice. */
  ask(numwant: number, isSeeder = false): { own: number; of: Map<number, number>; total: number } {
    const request = requestOf([9, 9, 9, 9], isSeeder, 2000);
    request.numwant = numwant;
    const at = this.store.enter(this.torrent, request, 0);
    this.store.choosePeers(this.torrent, request, at, answer);
    const given = new Set<string>();
    const of = new Map<number, number>();
    let own = 0;
    for (let i = 0; i < answer.peers4Count; i++) {
      const entry = answer.peers4.subarray(6 * i, 6 * i + 6);
      given.add(entry.toString('hex'));
      if (entry[0] === 10) own++;
      else if (entry[0] === 20) of.set(entry[1]!, (of.get(entry[1]!) ?? 0) + 1);
      else throw new Error('the asker was given to itself');
    }
    expect(given.size).to.equal(answer.peers4Count);
    return { own, of, total: answer.peers4Count };
  }
}

function requestOf(address: readonly number[], isSeeder: boolean, port: number): AnnounceRequest {
  const request = new AnnounceRequest();
  request.infoHash.fill(1);
  request.address.set(address);
  request.port = port;
  request.isSeeder = isSeeder;
  return request;
}

describe('node/tracker/mixed-selection.ts', () => {
  it('gives at least half own peers when there are as many, and no origin more than a third', () => {
    for (const [own, remote] of [
      [1000, { 0: 1000, 1: 1000, 2: 1000 }],
      [30, { 0: 1000 }],
      [25, { 0: 300, 1: 300, 7: 300 }],
      [3, { 0: 400, 255: 20 }],
    ] as const) {
      const swarm = new Swarm(own, remote);
      for (const numwant of [1, 2, 3, 10, 50, 200]) {
        for (let round = 0; round < 20; round++) {
          const given = swarm.ask(numwant);
          expect(given.own).to.be.at.least(Math.min(own, Math.ceil(numwant / 2)));
          for (const count of given.of.values()) expect(count).to.be.at.most(Math.ceil(numwant / 3));
        }
      }
    }
  });

  it('fills up with peers of others where there are not enough own ones', () => {
    const swarm = new Swarm(2, { 0: 100, 1: 100, 2: 100 });
    expect(swarm.ask(50).total).to.equal(50);
    expect(swarm.ask(50).own).to.equal(2);
    for (let round = 0; round < 50; round++) expect(new Swarm(100, { 0: 500 }).ask(50).total).to.equal(50);
    expect(new Swarm(0, { 0: 100 }).ask(50).total).to.equal(17);
    expect(new Swarm(0, { 0: 3 }).ask(50).total).to.equal(3);
    expect(new Swarm(0, { 0: 1 }).ask(1).total).to.equal(1);
  });

  it('gives own peers alone where others have none', () => {
    const swarm = new Swarm(100, {});
    swarm.store.shared.links.ensure(swarm.torrent, 3);
    expect(swarm.ask(50)).to.deep.include({ own: 50, total: 50 });
  });

  it('does not give seeders to seeders, whoever they announced to', () => {
    const swarm = new Swarm(60, { 0: 60, 1: 60 }, (index) => index % 3 !== 0);
    const { own, of, total } = swarm.ask(200, true);
    expect([own, of.get(0), of.get(1), total]).to.deep.equal([20, 20, 20, 60]);
  });

  it('gives a peer that announced to several carriers once, and never to itself', () => {
    const swarm = new Swarm(0, {});
    for (let i = 0; i < 40; i++) {
      swarm.enter([10, 0, 0, i], false);
      for (const slot of [0, 1, 2]) swarm.put(slot, [10, 0, 0, i], false);
    }
    for (const slot of [0, 1]) swarm.put(slot, [9, 9, 9, 9], false);
    for (const numwant of [10, 50, 200]) {
      for (let round = 0; round < 20; round++) {
        const { total } = swarm.ask(numwant);
        expect(total).to.equal(Math.min(numwant, 40));
      }
    }
  });

  it('chooses each of the own peers about equally often', () => {
    const swarm = new Swarm(60, { 0: 60, 1: 60 });
    const counts = new Map<number, number>();
    const rounds = 20_000;
    for (let round = 0; round < rounds; round++) {
      swarm.ask(10);
      for (let i = 0; i < answer.peers4Count; i++) {
        if (answer.peers4[6 * i] !== 10) continue;
        const host = answer.peers4[6 * i + 3]!;
        counts.set(host, (counts.get(host) ?? 0) + 1);
      }
    }
    const mean = [...counts.values()].reduce((sum, count) => sum + count, 0) / 60;
    expect(counts.size).to.equal(60);
    for (const count of counts.values()) expect(count / mean).to.be.within(0.7, 1.4);
  });
});
