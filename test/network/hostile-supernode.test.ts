// A supernode that lies beside two honest ones and three nodes: whatever it says, torrents are found, nobody is called dead,
// uprooted ones stay uprooted, and nobody is attacked through the honest ones.

import { expect } from 'chai';
import { createSigner } from '../../shared/platform/keys.ts';
import { nodeRecord, plantRecord, receiptRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { VISITS_PER_HOST } from '../../supernode/directory/visits.ts';
import { MAX_WAITING_PER_SOURCE } from '../../supernode/directory/waiting-room.ts';
import { HostileSupernode } from '../helpers/hostile-supernode.ts';
import { type LoopbackServer, startLoopbackServer } from '../helpers/loopback-server.ts';
import { pretendInternet } from '../helpers/pretend-internet.ts';
import type { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';
import { WatchedNetwork } from './watched-network.ts';

/** Somebody else's server; where it is called it answers as web servers do. */
const VICTIM = '9.9.9.9';
const FLOOD = 2 * MAX_WAITING_PER_SOURCE;

describe('a supernode that lies', () => {
  let watched: WatchedNetwork;
  let supernodes: TestNetwork['supernodes'];
  let liar: HostileSupernode;
  let victim: LoopbackServer;
  let infoHash: InfoHash;

  before(async () => {
    victim = await startLoopbackServer(() => Buffer.from('<html>'));
    watched = await WatchedNetwork.start({
      nodes: 3,
      supernodes: 2,
      supernodeFlags: ['--sync-interval', '2s'],
      openGuard: pretendInternet({ [VICTIM]: victim.url }),
    });
    supernodes = watched.network.supernodes;
    liar = await HostileSupernode.start();
    for (const { service } of supernodes) expect((await liar.join(service)).status).to.equal('accepted');
    infoHash = await watched.plant('planted beside a liar');
    await watched.everySupernode(infoHash, (ids) => ids.length === 2, 'two carriers');
    for (const { baseUrl } of supernodes) await until(async () => (await followedBy(baseUrl)) === 2);
  });
  after(async () => {
    await watched?.stop();
    await liar?.[Symbol.asyncDispose]();
    await victim?.[Symbol.asyncDispose]();
  });

  const metric = async (baseUrl: string, name: string): Promise<number> => {
    const text = await (await fetch(`${baseUrl}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const followedBy = (baseUrl: string): Promise<number> => metric(baseUrl, 'anatomic_supernode_followed');
  /** Resolves when an honest supernode has read everything that the liar has told. */
  const tell = async (...records: Uint8Array[]): Promise<void> => {
    liar.feed.push(...records);
    await until(() => liar.readTo === liar.feed.length, { what: 'the feed read', timeoutMs: 20_000 });
  };
  const plantsAt = async (baseUrl: string, hash: InfoHash): Promise<readonly Uint8Array[]> =>
    (await watched.client.lookup(baseUrl, [hash])).items[0]!.plants;
  const nodesAt = async (baseUrl: string): Promise<number> => (await watched.client.nodes(baseUrl)).records.length;

  it('hides a torrent from nobody who asks an honest one too', async () => {
    const file = watched.network.folder.write('hidden', 'what a liar would not show');
    const planted = await watched.network.plant(file, ['--copies', '2'], [liar, ...supernodes]);
    expect(planted.status).to.equal('planted');
    expect(liar.timesAsked('/v2/lookup')).to.be.above(0);
    await watched.everySupernode(planted.infoHash, (ids) => ids.length === 2, 'two carriers');
    for (const { baseUrl } of supernodes) {
      const target = await watched.redirectOf(baseUrl, planted.infoHash);
      expect(planted.carriers.map(({ url }) => url)).to.include(target);
    }
  });

  it('calls nobody dead whom an honest one reaches, and has nothing healed', async () => {
    const [first] = supernodes;
    const carriers = await watched.carriersAt(first!.baseUrl, infoHash);
    const cutOff = watched.nodeOf(carriers[0]!);
    watched.guards[0]!.cut(cutOff.baseUrl);
    await until(() => liar.timesAsked('/v2/probe') >= 5, { what: 'the liar asked' });
    for (const { baseUrl } of supernodes) {
      expect(await watched.carriersAt(baseUrl, infoHash)).to.deep.equal(carriers);
      expect(await watched.healingOf(baseUrl)).to.include({ deadNodes: 0, isBraked: false });
    }
    watched.guards[0]!.mend();
    expect(await watched.servedBy(infoHash)).to.have.length.at.least(2);
  });

  it('forges nothing: neither signatures, nor changed bytes, nor records of others', async () => {
    const [good] = await plantsAt(supernodes[0]!.baseUrl, infoHash);
    const changed = Uint8Array.from(good!);
    changed[changed.length - 20]! ^= 1;
    const text = Buffer.from(good!).toString('latin1');
    const uprooting = Buffer.from(text.replace('6:copiesi2e', '6:copiesi0e'), 'latin1');
    expect(uprooting.equals(good!)).to.equal(false);
    const statement = { infoHash, copies: 0, seq: Date.now() + 1000, ttlSeconds: 3600 };
    const own = plantRecord.sign(statement, liar.signer).bytes;
    await tell(changed, uprooting, own, Buffer.from('spam'));
    for (const { baseUrl } of supernodes) {
      const plants = await plantsAt(baseUrl, infoHash);
      expect(plants.map((bytes) => Buffer.from(bytes))).to.deep.equal([Buffer.from(good!)]);
      expect(await watched.carriersAt(baseUrl, infoHash)).to.have.length(2);
    }
  });

  it('brings back nothing that was uprooted, with old records, expired ones, or none of its own', async () => {
    const hash = await watched.plant('to be uprooted');
    await watched.everySupernode(hash, (ids) => ids.length === 2, 'two carriers');
    const [old] = await plantsAt(supernodes[0]!.baseUrl, hash);
    await watched.uproot(hash);
    await until(async () => (await watched.servedBy(hash)).length === 0, { what: 'nobody serves it' });
    for (const { baseUrl } of supernodes) {
      await until(async () => (await watched.redirectOf(baseUrl, hash)) === undefined, { what: 'no redirect' });
    }
    const day = 86_400_000;
    const expired = plantRecord.sign(
      { infoHash: hash, copies: 2, seq: Date.now() - day, ttlSeconds: 60 },
      createSigner(),
    );
    const receipt = { infoHash: hash, epoch: '00'.repeat(8), change: 1, seq: Date.now(), ttlSeconds: 3600 };
    liar.plants = [old!, expired.bytes];
    const before = liar.timesAsked('/v2/plants');
    await tell(old!, expired.bytes, receiptRecord.sign(receipt, createSigner()).bytes);
    await until(() => liar.timesAsked('/v2/plants') > before, { what: 'plants compared with the liar' });
    for (const { baseUrl } of supernodes) {
      expect(await plantsAt(baseUrl, hash)).to.deep.equal([]);
      expect(await watched.redirectOf(baseUrl, hash)).to.equal(undefined);
    }
    expect(await watched.servedBy(hash)).to.deep.equal([]);
  });

  it('has nobody called in its name, fills no memory, and delays no newcomer, however many members it invents', async () => {
    const before = victim.questions.length;
    const invented = Array.from({ length: FLOOD }, (_, n) => {
      const urls = [`http://${VICTIM}:${1000 + n}`];
      const statement = { urls, udpPort: 0, state: 'open', weight: 1000, software: 'x', ttlSeconds: 3600 } as const;
      return nodeRecord.sign({ ...statement, seq: Date.now() }, createSigner()).bytes;
    });
    await tell(...invented);
    await watched.network.addNode();
    await watched.network.nodes.at(-1)!.service.ready;
    for (const { baseUrl } of supernodes) {
      await until(async () => (await nodesAt(baseUrl)) === 4, { what: 'the newcomer known' });
      // The share of the liar, and whom honest ones tell of.
      expect(await metric(baseUrl, 'anatomic_supernode_newcomers')).to.be.below(MAX_WAITING_PER_SOURCE + 10);
    }
    expect(await metric(supernodes[0]!.baseUrl, 'anatomic_supernode_newcomers_left_out_total')).to.be.above(0);
    const calls = victim.questions.length - before;
    expect(calls).to.be.within(1, supernodes.length * (VISITS_PER_HOST.burst + 2));
    const { records } = await watched.client.changes(supernodes[0]!.baseUrl, { since: 0, waitSeconds: 0 });
    const told = new Set(records.map((bytes) => Buffer.from(bytes).toString('hex')));
    expect(invented.some((bytes) => told.has(Buffer.from(bytes).toString('hex')))).to.equal(false);
  });

  it('takes neither the id nor the place of another', async () => {
    const [first, second] = supernodes;
    const { records } = await watched.client.supernodes(first!.baseUrl);
    const victims = records.filter((bytes) => !Buffer.from(bytes).includes(Buffer.from(liar.id, 'hex')));
    for (const stolen of victims) {
      const error = await liar.join(first!.service, stolen).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'author');
    }
    const claim = await liar.join(first!.service, liar.record({ urls: [second!.baseUrl] }));
    expect(claim.status).to.equal('refused');
    await tell(liar.record({ urls: [second!.baseUrl] }));
    expect((await watched.client.ping(second!.baseUrl)).id).to.equal(second!.service.id);
    expect((await watched.client.supernodes(first!.baseUrl)).records).to.have.length(3);
    expect(await watched.redirectOf(first!.baseUrl, infoHash)).not.to.equal(undefined);
  });

  // Who is silent keeps the long poll for half a minute: that comes last.
  for (const manner of ['endless', 'silence'] as const) {
    it(`keeps no news from spreading when its feed is ${manner}`, async () => {
      liar.manner = manner;
      const before = liar.timesAsked('/v2/changes');
      await until(() => liar.timesAsked('/v2/changes') > before, { what: 'the liar asked' });
      const hash = await watched.plant(`planted beside ${manner}`, 1);
      await watched.everySupernode(hash, (ids) => ids.length === 2, 'two carriers');
    });
  }

  it('has left the honest ones with what is true', async () => {
    for (const { baseUrl } of supernodes) {
      expect(await nodesAt(baseUrl)).to.equal(4);
      expect(await watched.healingOf(baseUrl)).to.include({ deadNodes: 0 });
    }
  });
});
