// Supernodes that are cut off from each other, or lose their memory, know the same again without anybody's help.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { until } from '../helpers/until.ts';
import { WatchedNetwork } from './watched-network.ts';

describe('supernodes that exchange what they know', () => {
  let watched: WatchedNetwork;
  let urls: string[];

  before(async () => {
    watched = await WatchedNetwork.start({ nodes: 6, supernodes: 3 });
    urls = watched.network.supernodes.map(({ baseUrl }) => baseUrl);
  });
  after(() => watched?.stop());

  const plantsAt = async (baseUrl: string, infoHash: InfoHash): Promise<number> => {
    return (await watched.client.lookup(baseUrl, [infoHash])).items[0]!.plants.length;
  };
  /** Resolves when all of them hold the same plant records, byte for byte. */
  const agreement = (): Promise<unknown> => {
    const look = async (): Promise<boolean> => {
      const digests = await Promise.all(urls.map((url) => watched.client.digests(url, undefined)));
      return new Set(digests.map((bytes) => Buffer.from(bytes).toString('hex'))).size === 1;
    };
    return until(look, { what: 'equal digests' });
  };

  it('have what was planted with the help of one found through all', async () => {
    const hashes = [0, 1, 2].map((through) => watched.plant(`planted through ${through}`, through));
    for (const hash of await Promise.all(hashes)) {
      const carriers = await watched.everySupernode(hash, (now) => now.length === 2, 'two carriers');
      expect(carriers).to.deep.equal(await watched.servedBy(hash));
      for (const url of urls) expect(await watched.redirectOf(url, hash)).to.be.a('string');
    }
    await agreement();
  });

  it('know all torrents again after one of three was cut off from the others', async () => {
    const [a = '', b = '', c = ''] = urls;
    watched.guards[0]!.cut(c);
    watched.guards[1]!.cut(c);
    watched.guards[2]!.cut(a, b);
    const here = await watched.plant('planted on one side', 0);
    const there = await watched.plant('planted on the other side', 2);
    await until(async () => (await plantsAt(b, here)) === 1);
    expect(await watched.carriersAt(c, there)).to.have.length(2);
    expect(await plantsAt(c, here)).to.equal(0);
    expect(await plantsAt(a, there)).to.equal(0);
    for (const guard of watched.guards) guard.mend();
    for (const hash of [here, there]) {
      await watched.everySupernode(hash, (now) => now.length === 2, 'the other side known');
      for (const url of urls) await until(async () => (await plantsAt(url, hash)) === 1);
    }
    await agreement();
  });

  it('catch up by themselves when one lost its database', async () => {
    const hash = await watched.plant('known before');
    const before = await watched.everySupernode(hash, (now) => now.length === 2, 'two carriers');
    const last = watched.network.supernodes[2]!;
    await last.stop();
    const folder = watched.network.folder.at('supernode-2');
    for (const name of readdirSync(folder)) if (name.startsWith('supernode.sqlite')) rmSync(join(folder, name));
    await last.startAgain();
    const after = await watched.everySupernode(hash, (now) => now.length === 2, 'the carriers known again');
    expect(after).to.deep.equal(before);
    await agreement();
  });

  it('read the catalogue of a node that one of them does not reach at the others', async () => {
    const hash = await watched.plant('carried out of reach');
    const [carrier = ''] = await watched.everySupernode(hash, (now) => now.length === 2, 'two carriers');
    const last = watched.network.supernodes[2]!;
    watched.guards[2]!.cut(watched.nodeOf(carrier).baseUrl);
    // What nodes carry is nowhere but in memory.
    await last.stop();
    await last.startAgain();
    const read = (): Promise<readonly InfoHash[]> =>
      watched.client.mirror(last.baseUrl, carrier, '').then(
        ({ hashes }) => hashes,
        () => [],
      );
    await until(async () => (await read()).includes(hash), { what: 'the catalogue read', timeoutMs: 15_000 });
    watched.guards[2]!.mend();
  });
});
