// Lines that work in one direction only: three supernodes and five nodes, each in a network namespace of its own.

import { setInterval } from 'node:timers/promises';
import { expect } from 'chai';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { hasNamespaces, need } from '../helpers/needs.ts';
import { until } from '../helpers/until.ts';
import type { Place } from './lab.ts';
import { LabNetwork, type LabRole } from './lab-network.ts';

const NODES = 5;
const COPIES = 2;
const DEAD_AFTER_MS = 2000;
const HEAL_DELAY_MS = 500;
const SUPERNODE_FLAGS = [
  ...['--probe-interval', '200ms', '--dead-after', `${DEAD_AFTER_MS}ms`, '--heal-delay', `${HEAL_DELAY_MS}ms`],
];
/** A ping that stays without answer takes 3 s, and three in a row are a fall. */
const FALL_MS = 9000;
/** When a supernode that asks nobody would have called a node dead, and healed. */
const LONG_ENOUGH_MS = FALL_MS + 2 * DEAD_AFTER_MS + HEAL_DELAY_MS + 1000;
const LIMIT_MS = 30_000;

describe('lines that are cut in one direction', () => {
  let network: LabNetwork;
  let infoHash: InfoHash;
  let carriers: LabRole[];

  before(async function () {
    need(this, hasNamespaces(), 'root, for network namespaces');
    network = await LabNetwork.start({
      supernodes: [place(1), place(2), place(3)],
      nodes: Array.from({ length: NODES }, (_, index) => place(11 + index)),
      visitor: place(99),
      supernodeFlags: SUPERNODE_FLAGS,
    });
    const planted = await network.planter.plant(network.supernodes[0]!, 'a torrent', COPIES);
    infoHash = planted.infoHash;
    carriers = planted.carriers.map(({ id }) => network.nodes.find((node) => node.id === id)!);
    for (const supernode of network.supernodes) await until(async () => (await targets(supernode)).size === COPIES);
  });
  after(() => network?.[Symbol.asyncDispose]());

  /** Base URLs that a supernode sends clients to. */
  async function targets(supernode: LabRole): Promise<Set<string | undefined>> {
    const found = new Set<string | undefined>();
    for (let tries = 0; tries < 20; tries++) found.add(await network.redirectOf(supernode, infoHash));
    return found;
  }

  /** Nobody is called dead and nobody else serves the torrent, as long as somebody who believed so would need to act on it. */
  async function nothingIsHealed(): Promise<void> {
    const end = performance.now() + LONG_ENOUGH_MS;
    for await (const _ of setInterval(250)) {
      expect(await network.servedBy(infoHash)).to.have.members(carriers);
      for (const supernode of network.supernodes) expect(await network.deadNodes(supernode)).to.equal(0);
      if (performance.now() > end) return;
    }
  }

  it('let a node live that one supernode does not hear; that one alone sends its clients elsewhere', async () => {
    const [first, second, third] = network.supernodes as [LabRole, LabRole, LabRole];
    const [unheard, heard] = carriers as [LabRole, LabRole];
    await network.lab.cut(unheard.host, first.host);
    const isAvoided = async (): Promise<boolean> => [...(await targets(first))].join() === heard.baseUrl;
    await until(isAvoided, { what: 'redirects to the other carrier', timeoutMs: LIMIT_MS });
    await nothingIsHealed();
    for (const other of [second, third]) {
      expect([...(await targets(other))]).to.have.members([unheard.baseUrl, heard.baseUrl]);
    }
    expect([...(await targets(first))]).to.deep.equal([heard.baseUrl]);
    await network.lab.mend(unheard.host, first.host);
    const isBack = async (): Promise<boolean> => (await targets(first)).size === COPIES;
    await until(isBack, { what: 'redirects to both', timeoutMs: LIMIT_MS });
  });

  it('keep a supernode that hears few of the others from healing, and all agree when it hears them again', async () => {
    const [first, second] = network.supernodes as [LabRole, LabRole];
    const [unheard, heard] = carriers as [LabRole, LabRole];
    const others = network.nodes.filter((node) => !carriers.includes(node)).slice(0, 2);
    const lost = [...network.supernodes.slice(1), unheard, ...others];
    for (const { host } of lost) await network.lab.cut(host, first.host);
    await nothingIsHealed();
    expect([...(await targets(first))]).to.deep.equal([heard.baseUrl]);
    const planted = await network.planter.plant(second, 'planted meanwhile', COPIES);
    for (const { host } of lost) await network.lab.mend(host, first.host);
    const isKnown = async (): Promise<boolean> => {
      return (
        (await network.planter.supernodes.lookup(first.baseUrl, [planted.infoHash])).items[0]!.carriers.length ===
        COPIES
      );
    };
    await until(isKnown, { what: 'what was planted meanwhile', timeoutMs: LIMIT_MS });
    await until(async () => (await targets(first)).size === COPIES, { what: 'redirects to both', timeoutMs: LIMIT_MS });
    const digests = async (): Promise<boolean> => {
      const all = await Promise.all(
        network.supernodes.map(({ baseUrl }) => network.planter.supernodes.digests(baseUrl, undefined)),
      );
      return new Set(all.map((bytes) => Buffer.from(bytes).toString('hex'))).size === 1;
    };
    await until(digests, { what: 'equal digests', timeoutMs: LIMIT_MS });
  });
});

function place(number: number): Place {
  return { address: `10.77.0.${number}`, address6: `fd77::${number}` };
}
