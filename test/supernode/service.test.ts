import { expect } from 'chai';
import { type PublicError, UsageError } from '../../shared/errors.ts';
import type { LookupItem } from '../../shared/protocol/messages/directory-messages.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { SupernodeService } from '../../supernode/service.ts';
import { until } from '../helpers/until.ts';
import type { FakeNode } from './fake-node.ts';
import { hashOf, signer } from './records.ts';
import { announceQuery, Bench, get } from './running.ts';

const [A, B] = [hashOf('a'), hashOf('b')];
const UNKNOWN = 'd14:failure reason35:torrent not planted on this network8:intervali300e8:retry ini5ee';

describe('supernode/service.ts', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.end());

  const lookUp = async ({ baseUrl }: SupernodeService, infoHash: InfoHash): Promise<LookupItem> =>
    (await bench.client().lookup(baseUrl, [infoHash])).items[0]!;
  const statesAt = async (supernode: SupernodeService, infoHash: InfoHash): Promise<string[]> =>
    (await lookUp(supernode, infoHash)).carriers.map(({ state }) => state);
  const locationOf = async ({ baseUrl }: SupernodeService, infoHash: InfoHash): Promise<string | undefined> =>
    (await get(baseUrl, `/announce?${announceQuery(infoHash)}`)).headers.location;
  const plantOn = async (node: FakeNode, supernode: SupernodeService, infoHash: InfoHash): Promise<void> => {
    expect((await bench.join(node, supernode)).status).to.equal('accepted');
    const answer = await bench.register(supernode, [bench.plant(infoHash)], [node.carry(infoHash)]);
    expect(answer).to.deep.equal({ items: [{ infoHash, status: 'planted' }] });
  };

  describe('joining', () => {
    it('accepts a node that answers a ping under its key and an announce', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      const answer = await bench.join(node, supernode);
      expect(answer.status).to.equal('accepted');
      expect(answer.supernodes).to.have.length(1);
      expect(node.announces[0]).to.match(/^\/announce\?info_hash=(%[0-9a-f]{2}){20}&.*event=stopped/);
      expect((await bench.client().nodes(supernode.baseUrl)).records).to.have.length(1);
    });

    it('refuses a node that does not answer, answers under another key, or is no tracker', async () => {
      const supernode = await bench.supernode();
      const gone = await bench.node();
      await gone.die();
      const stolen = await bench.node();
      const record = stolen.record();
      const thief = await bench.node();
      const noTracker = await bench.node();
      noTracker.announceAnswer = 'd4:spam4:spame';

      expect(await bench.join(gone, supernode)).to.include({ status: 'refused' });
      const pretending = thief.record({ urls: [stolen.url] });
      expect(await bench.join(thief, supernode, pretending)).to.include({ status: 'refused' });
      const answer = await bench.join(noTracker, supernode);
      expect(answer).to.include({ status: 'refused' });
      expect(answer.reason).to.match(/does not answer an announce/);
      expect((await bench.client().nodes(supernode.baseUrl)).records).to.deep.equal([]);
      await bench
        .client(thief.signer)
        .join(supernode.baseUrl, supernode.id, { record })
        .then(
          () => expect.fail('joined with the record of another'),
          (error: PublicError) => expect(error.code).to.equal('author'),
        );
    });

    it('asks a node behind its own URL only once while pings prove that it is there', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      await bench.join(node, supernode);
      expect((await bench.join(node, supernode, node.record({ weight: 50 }))).status).to.equal('accepted');
      expect(node.announces).to.have.length(1);
    });
  });

  describe('planting', () => {
    it('finds a torrent through look-up and redirect as soon as it is registered', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      await plantOn(node, supernode, A);
      const { carriers, plants } = await lookUp(supernode, A);
      expect(carriers).to.deep.equal([{ node: node.id, state: 'up' }]);
      expect(plants).to.have.length(1);
      expect(await locationOf(supernode, A)).to.equal(`${node.url}/announce?${announceQuery(A)}`);
    });

    it('says that it knows a plant that is registered again', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      await bench.join(node, supernode);
      const [plant, receipt] = [bench.plant(A), node.carry(A)];
      await bench.register(supernode, [plant], [receipt]);
      expect((await bench.register(supernode, [plant], [receipt])).items[0]?.status).to.equal('known');
    });

    it('refuses a plant that no node it knows carries', async () => {
      const supernode = await bench.supernode();
      const stranger = await bench.node();
      const answer = await bench.register(supernode, [bench.plant(A), bench.plant(B)], [stranger.carry(A)]);
      expect(answer.items).to.deep.equal([
        { infoHash: A, status: 'refused', code: 'no-carrier' },
        { infoHash: B, status: 'refused', code: 'no-carrier' },
      ]);
      expect((await lookUp(supernode, A)).carriers).to.deep.equal([]);
    });

    it('forgets the plant of a planter that uproots it', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      await plantOn(node, supernode, A);
      const uproot = bench.plant(A, { copies: 0, seq: Date.now() + 1000 });
      expect((await bench.register(supernode, [uproot])).items[0]?.status).to.equal('planted');
      expect((await lookUp(supernode, A)).plants).to.deep.equal([]);
      expect((await bench.register(supernode, [bench.plant(A)], [node.carry(A)])).items[0]).to.include({
        status: 'refused',
        code: 'older',
      });
    });

    it('refuses to uproot what was never planted here', async () => {
      const supernode = await bench.supernode();
      const answer = await bench.register(supernode, [bench.plant(A, { copies: 0 })]);
      expect(answer.items).to.deep.equal([{ infoHash: A, status: 'refused', code: 'not-planted' }]);
    });

    it('takes a newer plant of its planter without another receipt', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      await plantOn(node, supernode, A);
      const newer = bench.plant(A, { copies: 3, seq: Date.now() + 1000 });
      expect((await bench.register(supernode, [newer])).items[0]?.status).to.equal('planted');
    });

    it('allocates nodes that answer, and the same again once they carry the torrent', async () => {
      const supernode = await bench.supernode();
      const { baseUrl, id } = supernode;
      await bench
        .client()
        .allocate(baseUrl, id, { infoHash: A, copies: 2 })
        .then(
          () => expect.fail('allocated without nodes'),
          (error: PublicError) => expect(error).to.include({ code: 'no-nodes', status: 503 }),
        );
      const nodes = [await bench.node(), await bench.node(), await bench.node()];
      for (const node of nodes) await bench.join(node, supernode);
      await bench.join(nodes[0]!, supernode, nodes[0]!.record({ state: 'draining' }));
      const { allocation } = await bench.client().allocate(baseUrl, id, { infoHash: A, copies: 1 });
      expect([...allocation.value.nodes].sort()).to.deep.equal([nodes[1]!.id, nodes[2]!.id].sort());
      expect(allocation.value.expiresAt - Date.now()).to.be.within(890_000, 900_000);

      const second = nodes.find((node) => node.id === allocation.value.nodes[1])!;
      await bench.register(supernode, [bench.plant(A)], [second.carry(A)]);
      const again = await bench.client().allocate(baseUrl, id, { infoHash: A, copies: 1 });
      expect(again.allocation.value.nodes[0]).to.equal(second.id);
    });
  });

  describe('redirects', () => {
    it('copies the query byte for byte', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      await plantOn(node, supernode, A);
      const query = `${announceQuery(A)}&key=%zz%&&x=%e9%FF+%20&event=paused&?=`;
      const answer = await get(supernode.baseUrl, `/announce?${query}`);
      expect([answer.status, answer.headers.location]).to.deep.equal([302, `${node.url}/announce?${query}`]);
      expect(answer.headers['content-length']).to.equal('0');
      const scrape = await get(supernode.baseUrl, `/scrape?${announceQuery(A)}`);
      expect([scrape.status, scrape.headers.location]).to.deep.equal([302, `${node.url}/scrape?${announceQuery(A)}`]);
    });

    it('refuses at once what nobody carries and what is no announce', async () => {
      const { baseUrl } = await bench.supernode();
      const unknown = await get(baseUrl, `/announce?${announceQuery(A)}`);
      expect([unknown.status, unknown.body.toString()]).to.deep.equal([200, UNKNOWN]);
      for (const path of [
        '/announce',
        '/announce?info_hash=abc',
        '/scrape',
        `/announce?info_hash=${'%41'.repeat(20)}`,
      ]) {
        const { status, body } = await get(baseUrl, path);
        expect(status).to.equal(200);
        expect(body.toString()).to.match(/^d14:failure reason\d+:.*8:intervali\d+e8:retry in5:nevere$/);
      }
    });

    it('leaves other paths and methods to the control plane', async () => {
      const { baseUrl } = await bench.supernode();
      for (const [path, method] of [
        ['/announces', 'GET'],
        ['/announce/x', 'GET'],
        ['/announce', 'POST'],
        ['/v2/x', 'GET'],
      ] as const) {
        expect((await get(baseUrl, path, method)).status).to.equal(404);
      }
    });

    it('sends nobody to a dead node, and again when it is back at the same place', async () => {
      const supernode = await bench.supernode();
      const [one, two] = [await bench.node(), await bench.node()];
      await plantOn(one, supernode, A);
      await plantOn(two, supernode, A);
      await one.die();
      await until(async () => (await statesAt(supernode, A)).join() === 'up,down');
      for (let n = 0; n < 5; n++) expect(await locationOf(supernode, A)).to.match(new RegExp(`^${two.url}/`));
      await two.die();
      await until(async () => (await locationOf(supernode, A)) === undefined);
      expect((await get(supernode.baseUrl, `/announce?${announceQuery(A)}`)).body.toString()).to.match(
        /no node carries/,
      );
      await one.revive();
      await until(async () => (await locationOf(supernode, A))?.startsWith(`${one.url}/`));
    });
  });

  describe('a node with several URLs', () => {
    it('is found at the one that answers, and at its first one when that is back', async () => {
      const supernode = await bench.supernode();
      const [first, second] = [await bench.node(7), await bench.node(7)];
      const urls = [first.url, second.url];
      second.record({ urls });
      expect((await bench.join(first, supernode, first.record({ urls }))).status).to.equal('accepted');
      await bench.register(supernode, [bench.plant(A)], [first.carry(A)]);
      second.carry(A);
      expect(await locationOf(supernode, A)).to.match(new RegExp(`^${first.url}/`));
      await first.die();
      await until(async () => (await locationOf(supernode, A))?.startsWith(`${second.url}/`));
      expect(await statesAt(supernode, A)).to.deep.equal(['up']);
      await first.revive();
      await until(async () => (await locationOf(supernode, A))?.startsWith(`${first.url}/`));
    });

    it('is refused when somebody else answers at one of them', async () => {
      const supernode = await bench.supernode();
      const [node, other] = [await bench.node(), await bench.node()];
      const record = node.record({ urls: [node.url, other.url] });
      expect(await bench.join(node, supernode, record)).to.include({ status: 'refused' });
    });
  });

  describe('catalogues', () => {
    it('learns from a pong what a node carries and what it has dropped, page by page', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node();
      const hashes = Array.from({ length: 25 }, (_, n) => hashOf(`${n}`));
      for (const hash of hashes) node.carry(hash);
      node.pageSize = 10;
      await bench.join(node, supernode);
      await until(async () =>
        (await bench.client().lookup(supernode.baseUrl, hashes)).items.every(({ carriers }) => carriers.length === 1),
      );
      node.drop(hashes[3]!);
      await until(async () => (await statesAt(supernode, hashes[3]!)).length === 0);
      expect(await statesAt(supernode, hashes[4]!)).to.deep.equal(['up']);
    });

    it('takes the catalogue of a node that lost its database in place of what it knew', async () => {
      const supernode = await bench.supernode();
      const node = await bench.node(7);
      await plantOn(node, supernode, A);
      await until(async () => (await get(supernode.baseUrl, '/health')).body.includes('"carried":1'));
      const { port } = new URL(node.url);
      await node.die();
      const blank = await bench.node(7);
      await blank.die();
      blank.epoch = 'aaaaaaaaaaaaaaaa';
      blank.record({ urls: [node.url] });
      blank.carry(B);
      await blank.listen(Number(port));
      await until(async () => (await statesAt(supernode, B)).length === 1);
      expect(await statesAt(supernode, A)).to.deep.equal([]);
    });
  });

  describe('federation', () => {
    it('finds through one supernode what was registered at the other, whoever named whom', async () => {
      const first = await bench.supernode();
      const second = await bench.supernode({ supernode: [first.baseUrl] });
      const [atFirst, atSecond] = [await bench.node(), await bench.node()];
      await plantOn(atFirst, first, A);
      await plantOn(atSecond, second, B);
      await until(async () => (await locationOf(second, A))?.startsWith(`${atFirst.url}/`));
      await until(async () => (await locationOf(first, B))?.startsWith(`${atSecond.url}/`));
      expect((await lookUp(second, A)).plants).to.have.length(1);
      expect((await lookUp(first, B)).plants).to.have.length(1);
      expect((await bench.client().supernodes(first.baseUrl)).records).to.have.length(2);
    });

    it('finds supernodes that nobody named through those that were named', async () => {
      const first = await bench.supernode();
      const left = await bench.supernode({ supernode: [first.baseUrl] });
      const right = await bench.supernode({ supernode: [first.baseUrl] });
      const node = await bench.node();
      await plantOn(node, left, A);
      await until(async () => (await locationOf(right, A))?.startsWith(`${node.url}/`));
      await first.stop();
      await bench.register(left, [bench.plant(B)], [node.carry(B)]);
      await until(async () => (await lookUp(right, B)).plants.length === 1);
    });

    it('goes on where it stopped after a restart of either side', async () => {
      const first = await bench.supernode({ dataDirectory: `${bench.folder}/first` });
      const second = await bench.supernode({ dataDirectory: `${bench.folder}/second`, supernode: [first.baseUrl] });
      const node = await bench.node();
      await plantOn(node, first, A);
      await until(async () => (await lookUp(second, A)).plants.length === 1);
      await second.stop();
      await bench.register(first, [bench.plant(B)], [node.carry(B)]);
      const restarted = await bench.supernode({
        dataDirectory: `${bench.folder}/second`,
        supernode: [first.baseUrl],
      });
      expect(restarted.id).to.equal(second.id);
      expect((await lookUp(restarted, A)).plants).to.have.length(1);
      await until(async () => (await lookUp(restarted, B)).plants.length === 1);
    });
  });

  describe('the feed', () => {
    it('answers a long poll as soon as something is new', async () => {
      const supernode = await bench.supernode();
      const { baseUrl } = supernode;
      const node = await bench.node();
      await bench.join(node, supernode);
      const client = bench.client();
      const start = await client.changes(baseUrl, { since: 0, waitSeconds: 0 });
      expect([start.isReset, start.records.length]).to.deep.equal([true, 2]);
      const from = { feed: start.feed, since: start.next };
      expect((await client.changes(baseUrl, { ...from, waitSeconds: 0 })).records).to.deep.equal([]);
      const poll = client.changes(baseUrl, { ...from, waitSeconds: 30 });
      await bench.register(supernode, [bench.plant(A)], [node.carry(A)]);
      const page = await poll;
      // The plant and the receipt.
      expect([page.isReset, page.records.length]).to.deep.equal([false, 2]);
    });
  });

  it('redirects after a restart without being told anything again', async () => {
    const dataDirectory = `${bench.folder}/kept`;
    const before = await bench.supernode({ dataDirectory });
    const node = await bench.node();
    await plantOn(node, before, A);
    await before.stop();
    const after = await bench.supernode({ dataDirectory });
    expect(after.id).to.equal(before.id);
    await until(async () => (await locationOf(after, A))?.startsWith(`${node.url}/`));
  });

  it('tells its announce URL to clients that subscribe to a list', async () => {
    const { baseUrl, announceUrl } = await bench.supernode();
    const list = await get(baseUrl, '/trackers.txt');
    expect(list.headers['content-type']).to.match(/^text\/plain/);
    expect(list.body.toString()).to.equal(`${announceUrl}\n`);
    expect((await get(baseUrl, '/')).body.toString()).to.match(/Anatomic supernode/);
  });

  it('names what is wrong with a query, and refuses calls that are not for it', async () => {
    const supernode = await bench.supernode();
    const { baseUrl } = supernode;
    for (const path of [
      '/v2/lookup',
      '/v2/lookup?info_hash=abc',
      `/v2/lookup?${Array(51).fill(`info_hash=${A}`).join('&')}`,
      `/v2/allocate?info_hash=${A}&copies=6`,
      `/v2/allocate?info_hash=${A}&copies=1&copies=1`,
      '/v2/ping',
      '/v2/ping?challenge=00',
      '/v2/changes?feed=x',
      '/v2/nodes?cursor=x',
    ]) {
      const { status, body } = await get(baseUrl, path);
      expect([path, status]).to.deep.equal([path, 400]);
      expect(body.toString()).to.match(/^d4:code5:query7:message/);
    }
    await bench
      .client()
      .register(baseUrl, signer(99).id, { plants: [], receipts: [] })
      .then(
        () => expect.fail('took a call for somebody else'),
        (error: PublicError) => expect(error.code).to.equal('recipient'),
      );
  });

  it('says which port it cannot have, and refuses URLs that are no base URLs', async () => {
    const { baseUrl } = await bench.supernode();
    const failures = [
      bench.supernode({ httpPort: Number(new URL(baseUrl).port) }),
      bench.supernode({ supernode: ['http://127.0.0.1:1/path'] }),
      bench.supernode({ publicUrl: Array(4).fill('http://127.0.0.1:1') }),
    ];
    for (const failure of await Promise.allSettled(failures)) {
      expect(failure.status === 'rejected' && failure.reason).to.be.instanceOf(UsageError);
    }
  });

  it('may be stopped twice', async () => {
    const supernode = await bench.supernode();
    await Promise.all([supernode.stop(), supernode.stop()]);
    await supernode.stop();
  });
});
