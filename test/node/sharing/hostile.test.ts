import { expect } from 'chai';
import { seededRandom } from '../../../shared/platform/random.ts';
import { ShareGroups } from '../../../shared/protocol/messages/share-groups.ts';
import { MAX_BATCH_BYTES, noBuckets } from '../../../shared/protocol/messages/share-messages.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { type PackedGroup, packGroups } from '../../helpers/packed-groups.ts';
import { hashOf } from '../plant-records.ts';
import { Lab, type LabPlan } from './lab.ts';

const T = hashOf(1);
const EPOCH = 'ab'.repeat(8);

/** A node, and a partner of it that sends whatever it likes. */
class Siege {
  readonly lab: Lab;
  #sequence = 0;

  constructor(plan: Partial<LabPlan> = {}, torrents: readonly string[] = [T]) {
    this.lab = new Lab({ nodes: 2, ...plan });
    for (const infoHash of torrents) this.lab.plant(infoHash);
    this.lab.run(2000);
  }

  get victim() {
    return this.lab.nodes[0]!;
  }

  get author(): string {
    return this.lab.nodes[1]!.id;
  }

  /** Returns the refused hashes. */
  send(groups: readonly PackedGroup[], author = this.author): readonly string[] {
    const sequence = ++this.#sequence;
    const batch = { epoch: EPOCH, sequence, base: sequence - 1, groups: new ShareGroups(packGroups(groups)) };
    return this.victim.sharing.receive(author, batch, this.lab.now).refused;
  }

  get refused() {
    return this.victim.sharing.stats.counters.refused;
  }

  get remotePeers(): number {
    return this.victim.sharing.stats.remotePeers;
  }
}

describe('a hostile partner', () => {
  it('gets in no peer of a torrent that is not shared with it, carried here or not', () => {
    const siege = new Siege();
    siege.victim.tracker.carry(hashOf(2));
    const peers = [{ address: '1.2.3.4', port: 2000 }];
    const foreign = [hashOf(2), hashOf(3)];
    expect(siege.send(foreign.map((infoHash) => ({ infoHash, peers })))).to.deep.equal(foreign);
    expect(siege.remotePeers).to.equal(0);
    expect(siege.refused['not-shared']).to.equal(2);
  });

  it('is a stranger under any other key', () => {
    const siege = new Siege();
    const groups = [{ infoHash: T, seeders: 9, peers: [{ address: '1.2.3.4', port: 2000 }] }];
    expect(siege.send(groups, 'c'.repeat(64))).to.deep.equal([T]);
    expect(siege.remotePeers).to.equal(0);
    expect(siege.victim.counts(T).seeders).to.equal(0);
  });

  it('gets in no service, and no address that is nobody on the public internet', () => {
    const siege = new Siege();
    const bogons = [
      '0.0.0.1',
      '10.0.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.1.1',
      '172.16.0.1',
      '192.168.1.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      'fe80::1',
      'fc00::1',
      '2001:db8::1',
      'ff02::1',
      '2002:7f00:1::1',
      '64:ff9b::7f00:1',
    ];
    const ports = [0, 1, 22, 80, 443, 1023];
    const peers = [
      ...bogons.map((address) => ({ address, port: 2000 })),
      ...ports.map((port) => ({ address: '1.2.3.4', port })),
      ...ports.map((port) => ({ address: '2a00::1', port })),
    ];
    siege.send([{ infoHash: T, peers }]);
    expect(siege.remotePeers).to.equal(0);
    expect([siege.refused.address, siege.refused.port]).to.deep.equal([bogons.length, 2 * ports.length]);
    siege.send([
      {
        infoHash: T,
        peers: [
          { address: '1.2.3.4', port: 1024 },
          { address: '2a00::1', port: 1024 },
        ],
      },
    ]);
    expect(siege.remotePeers).to.equal(2);
  });

  it('gets in what the operator shares although it is not public', () => {
    const siege = new Siege({ allowed: ['10.0.0.0/8'] });
    siege.send([
      {
        infoHash: T,
        peers: [
          { address: '10.0.0.1', port: 2000 },
          { address: '192.168.0.1', port: 2000 },
        ],
      },
    ]);
    expect(siege.remotePeers).to.equal(1);
  });

  it('gets in no more than its share of 100 000 peers, and leaves room for everybody who announces here', () => {
    const torrents = Array.from({ length: 50 }, (_, index) => hashOf(100 + index));
    const siege = new Siege({ maxPeers: 4000 }, torrents);
    for (let round = 0; round < 100_000; round += 1000) {
      const infoHash = torrents[(round / 1000) % torrents.length]!;
      const peers = Array.from({ length: 1000 }, (_, index) => {
        const n = round + index;
        return { address: `1.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 2000 };
      });
      siege.send([{ infoHash, leechers: 1000, peers }]);
    }
    expect(siege.remotePeers).to.equal(1000);
    expect(siege.refused['over-memory'] + siege.refused['over-torrent']).to.equal(99_000);
    for (let port = 2000; port < 5000; port++) siege.victim.announce(torrents[0]!, { port, numwant: 0 }, siege.lab.now);
  });

  it('gets in no more than so many peers of one torrent', () => {
    const siege = new Siege();
    const peers = Array.from({ length: 3000 }, (_, n) => ({ address: `1.2.${n >> 8}.${n & 255}`, port: 2000 }));
    siege.send([{ infoHash: T, peers }]);
    expect(siege.remotePeers).to.equal(1000);
    expect(siege.refused['over-torrent']).to.equal(2000);
  });

  it('cannot point more than a hundred torrents at one address, whatever the ports, nor at one IPv6 network', () => {
    const torrents = Array.from({ length: 500 }, (_, index) => hashOf(1000 + index));
    const siege = new Siege({}, torrents);
    for (const [index, infoHash] of torrents.entries()) {
      const port = 2000 + index;
      const network = `2a00:0:0:1::${(index + 1).toString(16)}`;
      siege.send([
        {
          infoHash,
          peers: [
            { address: '1.2.3.4', port },
            { address: network, port },
          ],
        },
      ]);
    }
    expect(siege.remotePeers).to.equal(200);
    expect(siege.refused['over-address']).to.equal(800);
    siege.send(
      torrents.slice(0, 10).map((infoHash, n) => ({ infoHash, removed: [{ address: '1.2.3.4', port: 2000 + n }] })),
    );
    siege.send([{ infoHash: torrents[499]!, peers: [{ address: '1.2.3.4', port: 2000 }] }]);
    expect(siege.remotePeers).to.equal(191);
  });

  it('reaches no peer that announced here, nor those of another origin', () => {
    const lab = new Lab({ nodes: 3 });
    lab.plant(T);
    lab.run(2000);
    const [a, b, c] = lab.nodes;
    a!.announce(T, { port: 2001 }, lab.now);
    c!.announce(T, { port: 2003 }, lab.now);
    lab.run(1000);
    const endpoints = [2001, 2003].map((port) => ({ address: '1.2.3.4', port }));
    const send = (sequence: number, group: Partial<PackedGroup>): void => {
      const groups = new ShareGroups(packGroups([{ infoHash: T, ...group }]));
      a!.sharing.receive(b!.id, { epoch: EPOCH, sequence, base: sequence - 1, groups }, lab.now);
    };
    send(1, { removed: endpoints });
    expect(a!.ports(T, lab.now)).to.deep.equal([2001, 2003]);
    send(2, { peers: endpoints });
    send(3, { removed: endpoints });
    expect(a!.ports(T, lab.now)).to.deep.equal([2001, 2003]);
    a!.announce(T, { port: 2001, event: 'stopped' }, lab.now);
    expect(a!.ports(T, lab.now)).to.deep.equal([2003]);
  });

  it('gets in nothing twice, and cannot take back in time what it has said', () => {
    const siege = new Siege();
    const { victim, lab, author } = siege;
    const group = { infoHash: T, leechers: 1, peers: [{ address: '1.2.3.4', port: 2000 }] };
    const batch = (sequence: number, group: PackedGroup) => ({
      epoch: EPOCH,
      sequence,
      base: sequence - 1,
      groups: new ShareGroups(packGroups([group])),
    });
    victim.sharing.receive(author, batch(1, group), lab.now);
    victim.sharing.receive(author, batch(2, { infoHash: T, removed: group.peers }), lab.now);
    victim.sharing.receive(author, batch(1, group), lab.now);
    expect(victim.ports(T, lab.now)).to.deep.equal([]);
  });

  it('gets in nothing that would have expired, and makes nobody stay by a false age', () => {
    const siege = new Siege();
    const aged = [0, 89, 92, 255].map((age, n) => ({ address: '1.2.3.4', port: 2000 + n, age }));
    siege.send([{ infoHash: T, peers: aged }]);
    expect(siege.victim.ports(T, siege.lab.now)).to.deep.equal([2000, 2001]);
    expect(siege.refused.expired).to.equal(2);
  });

  it('cannot blow up the counts beyond a million', () => {
    const siege = new Siege();
    siege.send([{ infoHash: T, seeders: 0xffffffff, leechers: 0xffffffff }]);
    expect({ ...siege.victim.counts(T) }).to.include({ seeders: 1_000_000, leechers: 1_000_000 });
  });

  it('is answered a thousand calls at once and sixty a second, whatever they are', () => {
    const siege = new Siege();
    const { victim, author, lab } = siege;
    const ask = (): boolean => {
      try {
        victim.sharing.page(author, { epoch: EPOCH, buckets: noBuckets(), cursor: 0 }, lab.now);
        siege.send([{ infoHash: T }]);
        return true;
      } catch (error) {
        expect(error).to.include({ code: 'busy', status: 429, retrySeconds: 1 });
        return false;
      }
    };
    const answered = (): number => {
      let calls = 0;
      while (ask()) calls += 2;
      return calls;
    };
    expect(answered()).to.be.within(990, 1000);
    lab.now += 1000;
    expect(answered()).to.be.within(58, 60);
    lab.now -= 86_400_000;
    expect(answered()).to.equal(0);
    lab.now += 1000;
    expect(answered()).to.be.within(58, 60);
  });

  it('is not asked for pages without an end as fast as it gives them', () => {
    const siege = new Siege();
    const { victim, lab } = siege;
    const { pulling } = victim.sharing;
    const partner = victim.partner(lab.nodes[1]!);
    const pull = (): number => {
      let pages = 0;
      for (; pulling.take(partner, lab.now) !== undefined; pages++) {
        const groups = new ShareGroups(Buffer.alloc(0));
        pulling.answered(partner, { epoch: EPOCH, sequence: 0, groups, next: 1 }, lab.now);
      }
      return pages;
    };
    partner.inbox.want(lab.now);
    lab.now += 6000;
    expect(pull()).to.be.within(190, 210);
    lab.now += 1000;
    expect(pull()).to.equal(30);
  });

  it('has nobody called more than every two seconds at a URL that does not answer for it, however often it calls', () => {
    const siege = new Siege();
    const { victim, lab, author } = siege;
    const partner = victim.partner(lab.nodes[1]!);
    const called: number[] = [];
    for (const until = lab.now + 60_000; lab.now < until; lab.now += 50) {
      victim.announce(T, { port: 2000 + (lab.now % 1000) }, lab.now);
      victim.sharing.page(author, { epoch: EPOCH, buckets: noBuckets(), cursor: 0 }, lab.now);
      victim.sharing.step(lab.now);
      if (victim.sharing.sending.take(partner, lab.now) !== undefined) {
        called.push(lab.now);
        victim.sharing.sending.failed(partner, lab.now, undefined);
      }
      if (victim.sharing.pulling.take(partner, lab.now) !== undefined) victim.sharing.pulling.failed(partner, lab.now);
    }
    expect(called).to.have.length.within(20, 40);
    for (const [index, at] of called.entries()) {
      if (index > 0) expect(at - called[index - 1]!).to.be.at.least(1600);
    }
  });

  it('leaves the store sound whatever it sends, and everything of it can be dropped', () => {
    const random = seededRandom(5);
    const torrents = [1, 2, 3].map(hashOf);
    const siege = new Siege({ maxPeers: 2000 }, torrents);
    for (let round = 0; round < 300; round++) {
      const peers = Array.from({ length: random.uint32() % 60 }, () => ({
        address:
          random.uint32() % 3 === 0
            ? `2a00::${(random.uint32() % 200).toString(16)}`
            : `5.6.7.${random.uint32() % 200}`,
        port: 1024 + (random.uint32() % 3),
        flags: random.uint32() % 2,
        age: random.uint32() % 120,
      }));
      const infoHash = torrents[random.uint32() % 3]!;
      siege.send([{ infoHash, peers: peers.slice(0, 40), removed: peers.slice(30) }]);
      siege.victim.announce(infoHash, { port: 1024 + (random.uint32() % 50), address: '5.6.7.9' }, siege.lab.now);
      if (round % 50 === 0) siege.lab.now += 10 * 60_000;
      siege.victim.tracker.sweep(Math.floor(siege.lab.now / 1000), 100);
    }
    siege.victim.sharing.forgetOrigin(siege.author);
    siege.lab.run(200);
    expect(siege.remotePeers).to.equal(0);
    const { links } = siege.victim.tracker.sharing.shared;
    expect(links.stored).to.equal(0);
    for (const infoHash of torrents) {
      const torrent = siege.victim.tracker.sharing.findCarried(infoHashBytes(infoHash), 0);
      expect(siege.victim.tracker.sharing.ownPeers(torrent)).to.equal(siege.victim.tracker.sharing.swarmSize(torrent));
    }
  });

  it('is refused whole when its batch is malformed: cut off, too long, with flags that nobody knows', () => {
    const good = packGroups([
      { infoHash: T, peers: [{ address: '1.2.3.4', port: 2000 }], removed: [{ address: '2a00::1', port: 2 }] },
    ]);
    for (let length = 1; length < good.length; length++)
      expect(() => new ShareGroups(good.subarray(0, length))).to.throw();
    expect(() => new ShareGroups(Buffer.concat([good, Buffer.alloc(1)]))).to.throw();
    for (const flags of [2, 3, 128, 255]) {
      const bytes = packGroups([{ infoHash: T, peers: [{ address: '1.2.3.4', port: 2000, flags }] }]);
      expect(() => new ShareGroups(bytes)).to.throw('flags');
    }
    expect(good.length).to.be.below(MAX_BATCH_BYTES);
  });
});
