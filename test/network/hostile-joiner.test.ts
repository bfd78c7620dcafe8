// A node that joins honestly under a name, and has the name lead elsewhere afterwards: into the supernode's own machine and
// its neighbourhood, or to somebody else's server.

import { expect } from 'chai';
import { createGuard } from '../../shared/http/guard.ts';
import { VISITS_BY_NAME } from '../../supernode/directory/visits.ts';
import type { SupernodeService } from '../../supernode/service.ts';
import { FlippingName, type ForbiddenPlace, openForbiddenPlace } from '../helpers/flipping-name.ts';
import { hasIpv6 } from '../helpers/needs.ts';
import { until } from '../helpers/until.ts';
import type { FakeNode } from '../supernode/fake-node.ts';
import { hashOf, nodeEntry, signer } from '../supernode/records.ts';
import { announceQuery, Bench, get } from '../supernode/running.ts';

const HOME = '127.0.0.1';
const INNER = '127.0.0.9';
const INNER_IPV6 = '::1';
const A = hashOf('a');

describe('a joiner whose name leads elsewhere afterwards', () => {
  let bench: Bench;
  let name: FlippingName;
  let supernode: SupernodeService;
  let node: FakeNode;
  let places: ForbiddenPlace[];
  let port: string;

  beforeEach(async () => {
    bench = new Bench();
    name = new FlippingName(() => [HOME]);
    supernode = await bench.supernode(
      { allowNetwork: [`${HOME}/32`] },
      { openGuard: (options) => createGuard({ ...options, resolve: name.resolve }) },
    );
    node = await bench.node();
    ({ port } = new URL(node.url));
    node.record({ urls: [`http://flip.example:${port}`] });
    const inner = hasIpv6() ? [INNER, INNER_IPV6] : [INNER];
    places = await Promise.all(inner.map((host) => openForbiddenPlace(host, Number(port))));
  });
  afterEach(async () => {
    await bench.end();
    for (const place of places) await place[Symbol.asyncDispose]();
  });
  const connections = (): number => places.reduce((sum, place) => sum + place.connections, 0);
  const redirect = async (): Promise<string | undefined> =>
    (await get(supernode.baseUrl, `/announce?${announceQuery(A)}`)).headers.location;
  const joinAndPlant = async (): Promise<void> => {
    expect((await bench.join(node, supernode)).status).to.equal('accepted');
    await bench.register(supernode, [bench.plant(A)], [node.carry(A)]);
    expect(await redirect()).to.match(/^http:\/\/flip\.example:/);
  };

  for (const addresses of [
    [INNER],
    [INNER_IPV6],
    ['::ffff:127.0.0.9'],
    ['169.254.169.254'],
    ['10.0.0.1'],
    [HOME, INNER],
    [INNER, HOME],
  ]) {
    it(`is called no more, and nobody is sent there, when it leads to ${addresses.join(' and ')}`, async () => {
      await joinAndPlant();
      name.answer = () => addresses;
      const before = name.asked;
      // The connection that is open was checked; the next one is looked up anew.
      await node.die();
      await until(() => name.asked >= before + 4, { what: 'the name looked up again' });
      await until(async () => (await redirect()) === undefined, { what: 'no redirect' });
      expect(connections()).to.equal(0);
    });
  }

  it('is called at the address that was checked although every other look-up leads elsewhere', async () => {
    name.answer = (asked) => (asked % 2 === 1 ? [HOME] : [INNER]);
    for (let attempt = 0; attempt < 4; attempt++) {
      const before = name.asked;
      await bench.join(node, supernode);
      await node.die();
      await until(() => name.asked > before, { what: 'another look-up' });
      await node.revive();
    }
    expect(connections()).to.equal(0);
  });

  it('gets in at no place that may not be called, and is told nothing of it', async () => {
    name.answer = () => [INNER];
    const answer = await bench.join(node, supernode);
    expect(answer.status).to.equal('refused');
    expect(answer.reason).not.to.include(INNER);
    const literal = await bench.join(node, supernode, node.record({ urls: [`http://${INNER}:${port}`] }));
    expect(literal.status).to.equal('refused');
    expect(connections()).to.equal(0);
  });

  it('has a victim called no oftener than once a second, however many names lead there', async () => {
    const victim = '9.9.9.9';
    let connects = 0;
    await supernode.stop();
    const counting: typeof createGuard = (options) =>
      createGuard({
        ...options,
        resolve: name.resolve,
        onResolved: (host, addresses) => {
          options.onResolved?.(host, addresses);
          if (addresses.includes(victim)) connects++;
          throw new Error('a test calls nobody outside');
        },
      });
    const now = Date.now();
    supernode = await bench.supernode(
      { allowNetwork: [`${HOME}/32`] },
      { openGuard: counting, clock: { now: () => now } },
    );
    name.answer = () => [victim];
    for (let n = 1; n <= VISITS_BY_NAME.burst + 20; n++) {
      const record = nodeEntry(signer(n), { urls: [`http://n${n}.example`], seq: now }).bytes;
      const answer = await bench.client(signer(n)).join(supernode.baseUrl, supernode.id, { record });
      expect(answer.status).to.equal('refused');
    }
    expect(connects).to.equal(VISITS_BY_NAME.burst);
  });
});
