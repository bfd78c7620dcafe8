// What becomes of torrents when their carriers die, come back, drain or vanish together: three supernodes watch nine nodes
// in this process, with scaled times.

import { setInterval } from 'node:timers/promises';
import { expect } from 'chai';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';
import { HEAL_DELAY_MS, WatchedNetwork } from './watched-network.ts';

const SUPERNODES = 3;

describe('a network that heals', () => {
  let watched: WatchedNetwork;
  let supernodes: TestNetwork['supernodes'];
  let infoHash: InfoHash;

  before(async () => {
    watched = await WatchedNetwork.start({ nodes: 9, supernodes: SUPERNODES });
    supernodes = watched.network.supernodes;
    infoHash = await watched.plant('the torrent');
    await watched.everySupernode(infoHash, (ids) => ids.length === 2, 'two carriers');
  });
  after(() => watched?.stop());

  it('makes no copy for a node that is back within minutes', async () => {
    const [first = ''] = watched.ranking(infoHash);
    await watched.kill(first);
    await watched.everySupernode(infoHash, (now) => !now.includes(first), 'the carrier missed');
    await watched.nodeOf(first).startAgain();
    const carriers = await watched.everySupernode(infoHash, (now) => now.includes(first), 'the carrier back');
    expect(carriers).to.deep.equal(watched.ranking(infoHash).slice(0, 2).sort());
  });

  it('sends no client to a killed carrier from its first missed ping on', async () => {
    const [first = '', second = ''] = watched.ranking(infoHash);
    await watched.kill(first);
    const [lost, left] = [first, second].map((id) => watched.nodeOf(id).baseUrl);
    for (const { baseUrl } of supernodes) {
      const isMissed = async (): Promise<boolean> => (await watched.carriersAt(baseUrl, infoHash)).join() === second;
      await until(isMissed, { what: 'the carrier missed' });
      const targets = new Set<string | undefined>();
      for (let tries = 0; tries < 20; tries++) targets.add(await watched.redirectOf(baseUrl, infoHash));
      expect([...targets], `not ${lost}`).to.deep.equal([left]);
    }
  });

  it('has the next node in the ranking carry the torrent of the dead one, that node alone, though all supernodes watch', async () => {
    const [first = '', second = '', third = ''] = watched.ranking(infoHash);
    const isHealed = (now: Id[]): boolean => now.length === 2 && !now.includes(first);
    const healed = await watched.everySupernode(infoHash, isHealed, 'two carriers again');
    expect(healed).to.deep.equal([second, third].sort());
    // Until the last of the supernodes would have had its turn.
    const end = performance.now() + SUPERNODES * HEAL_DELAY_MS;
    for await (const _ of setInterval(50)) {
      expect(await watched.servedBy(infoHash)).to.deep.equal([second, third].sort());
      if (performance.now() > end) break;
    }
  });

  it('trims the copy too many when the dead returns', async () => {
    const [first = '', second = ''] = watched.ranking(infoHash);
    await watched.nodeOf(first).startAgain();
    await watched.everySupernode(infoHash, (now) => now.includes(first), 'the dead back');
    const trimmed = await watched.everySupernode(infoHash, (now) => now.length === 2, 'two carriers after the trim');
    expect(trimmed).to.deep.equal([first, second].sort());
    expect(await watched.servedBy(infoHash)).to.deep.equal(trimmed);
  });

  it('keeps two carriers alive all along while a node drains, until it is empty', async () => {
    const [first = '', second = '', third = ''] = watched.ranking(infoHash);
    await watched.admin(watched.nodeOf(first).baseUrl, '/drain');
    let fewest = Number.POSITIVE_INFINITY;
    await until(
      async () => {
        const views = await Promise.all([
          watched.servedBy(infoHash),
          ...supernodes.map(({ baseUrl }) => watched.carriersAt(baseUrl, infoHash)),
        ]);
        fewest = Math.min(fewest, ...views.map(({ length }) => length));
        return views.every((view) => !view.includes(first));
      },
      { what: 'the draining node without torrents', timeoutMs: 15_000 },
    );
    expect(fewest).to.equal(2);
    expect(await watched.servedBy(infoHash)).to.deep.equal([second, third].sort());
    await watched.admin(watched.nodeOf(first).baseUrl, '/resume');
    await until(async () => (await fetch(`${watched.nodeOf(first).baseUrl}/ready`)).ok);
  });

  it('brings an uproot to all carriers, and to one that was away', async () => {
    const hash = await watched.plant('to be uprooted');
    const carriers = await watched.everySupernode(hash, (now) => now.length === 2, 'two carriers');
    const [away = ''] = carriers;
    await watched.nodeOf(away).stop();
    await watched.uproot(hash);
    await until(async () => (await watched.servedBy(hash)).length === 0, { what: 'nobody serves it' });
    await watched.nodeOf(away).startAgain();
    const isGone = async (): Promise<boolean> => (await watched.servedBy(hash)).length === 0;
    await until(isGone, { what: 'the node that was away without it', timeoutMs: 15_000 });
    await watched.everySupernode(hash, (now) => now.length === 0, 'no carriers');
  });

  it('heals nothing when a third of the nodes vanish at once, until an operator confirms', async () => {
    const lost = watched.ranking(infoHash).slice(1, 4);
    await Promise.all(lost.map((id) => watched.kill(id)));
    await watched.everySupernode(infoHash, (now) => now.length < 2, 'carriers missed');
    for (const { baseUrl } of supernodes) {
      const isDead = async (): Promise<boolean> => {
        const { deadNodes, isBraked } = await watched.healingOf(baseUrl);
        return deadNodes === lost.length && isBraked;
      };
      await until(isDead, { what: 'three dead nodes and the brake', timeoutMs: 15_000 });
    }
    expect((await watched.servedBy(infoHash)).length).to.be.below(2);
    for (const { baseUrl } of supernodes) await watched.admin(baseUrl, '/heal');
    const healed = await watched.everySupernode(infoHash, (now) => now.length === 2, 'two carriers again');
    expect(healed.some((id) => lost.includes(id))).to.equal(false);
  });
});
