import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import type { FoundTorrent } from '../../../shared/network/look-up.ts';
import { NetworkPool } from '../../../shared/network/network-pool.ts';
import type { Identity } from '../../../shared/network/reached-network.ts';
import type { SupernodeSource } from '../../../shared/network/supernode-sources.ts';
import { systemClock } from '../../../shared/platform/clock.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { seededRandom } from '../../../shared/platform/random.ts';

const HASH = 'ab'.repeat(20);
const IDENTITY = { signer: createSigner(), clock: systemClock, random: seededRandom(1) };

describe('shared/network/network-pool.ts', () => {
  let pool: NetworkPool<FakeNetwork>;
  let opened: string[];
  let networks: Map<string, FakeNetwork>;

  beforeEach(() => {
    opened = [];
    networks = new Map();
    pool = new NetworkPool(async ({ origin }) => {
      opened.push(origin);
      const network = networks.get(origin);
      if (network === undefined) throw new PublicError('no-supernode', `nobody answers (${origin})`);
      return network;
    });
  });

  it('takes the first that answers', async () => {
    const [b] = add('b', 'c');
    expect(await reach(['a', 'b', 'c'])).to.equal(b);
    expect(opened).to.deep.equal(['a', 'b']);
  });

  it('takes the first that knows the torrent, else the first that answers', async () => {
    const [a, b] = add('a', 'b', 'c');
    b!.isKnown = true;
    expect(await reach(['a', 'b', 'c'], [HASH])).to.equal(b);
    expect(opened).to.deep.equal(['a', 'b']);
    b!.isKnown = false;
    expect(await reach(['a', 'b', 'c'], [HASH])).to.equal(a);
  });

  it('reaches a network once for all torrents', async () => {
    add('a');
    await Promise.all([reach(['a']), reach(['a']), reach(['a'], [HASH])]);
    expect(opened).to.deep.equal(['a']);
  });

  it('reaches a network once for all keys, and has each use its own', async () => {
    const [a] = add('a');
    const nothing = { supernodes: [], configuredUrls: [], allowNetworks: [], isLasting: true };
    const signers = [createSigner(), createSigner()];
    for (const signer of signers) await pool.reach([{ ...nothing, origin: 'a' }], { ...IDENTITY, signer });
    expect(opened).to.deep.equal(['a']);
    expect(a!.keys).to.deep.equal(signers.map(({ id }) => id));
  });

  it('tries anew what could not be reached, and has the next take the place of what is gone', async () => {
    const [a, b] = add('a', 'b');
    expect(await reach(['x', 'a'])).to.equal(a);
    add('x');
    expect(await reach(['x'])).to.equal(networks.get('x'));
    a!.isGone = true;
    expect(await reach(['a', 'b'], [HASH])).to.equal(b);
    a!.isGone = false;
    await reach(['a', 'b'], [HASH]);
    expect(opened).to.deep.equal(['x', 'a', 'x', 'b', 'a']);
  });

  it('searches anew only after a while, whatever the keys, so that a batch does not call strangers for each torrent', async () => {
    const [found] = add('a');
    const source = { supernodes: [], configuredUrls: [], allowNetworks: [], isLasting: true, search: async () => [] };
    const sources = [
      { ...source, origin: 'the DHT' },
      { ...source, origin: 'a' },
    ];
    let wound = 0;
    const clock = { now: () => wound };
    for (wound = 0; wound < 120_000; wound += 1000) {
      const identity = { ...IDENTITY, signer: createSigner(), clock };
      expect(await pool.reach(sources, identity)).to.equal(found);
    }
    expect(opened.filter((origin) => origin === 'the DHT')).to.have.length(2);
  });

  it('says why nobody could be reached', async () => {
    for (const [origins, words] of [
      [['a', 'b'], 'no supernode answers: nobody answers (a); nobody answers (b)'],
      [[], 'no supernode is known'],
    ] as const) {
      const error: unknown = await reach(origins).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes(words);
    }
  });

  it('closes all that it opened', async () => {
    const [a, b] = add('a', 'b');
    await reach(['x', 'a']);
    a!.isGone = true;
    await reach(['a', 'b'], [HASH]);
    await pool.close();
    expect([a!.isClosed, b!.isClosed]).to.deep.equal([true, true]);
  });

  function add(...origins: string[]): FakeNetwork[] {
    return origins.map((origin) => {
      const network = new FakeNetwork();
      networks.set(origin, network);
      return network;
    });
  }

  function reach(origins: readonly string[], hashes: readonly string[] = []): Promise<FakeNetwork> {
    const nothing = { supernodes: [], configuredUrls: [], allowNetworks: [], isLasting: true };
    const sources = origins.map((origin): SupernodeSource => ({ ...nothing, origin }));
    return pool.reach(sources, IDENTITY, hashes);
  }
});

class FakeNetwork {
  isKnown = false;
  isGone = false;
  isClosed = false;
  readonly keys: string[] = [];

  async lookUp(hashes: readonly string[]): Promise<FoundTorrent[]> {
    if (this.isGone) throw new PublicError('network', 'connection refused');
    const carriers = this.isKnown ? [{} as FoundTorrent['carriers'][number]] : [];
    return hashes.map((infoHash) => ({ infoHash, carriers, plants: [] }));
  }

  as({ signer }: Identity): FakeNetwork {
    this.keys.push(signer.id);
    return this;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
