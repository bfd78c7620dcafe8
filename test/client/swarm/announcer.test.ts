import { expect } from 'chai';
import { Announcer, type AnnouncerOptions } from '../../../client/swarm/announcer.ts';
import { TrackerSession } from '../../../client/swarm/tracker-session.ts';
import { type TrackerClient, TrackerError } from '../../../client/tracker/tracker-client.ts';
import { createAddressPolicy } from '../../../shared/http/address-policy.ts';
import type { CompactPeer } from '../../../shared/protocol/tracker/compact-peers.ts';
import type { AnnounceCall, AnnounceReply } from '../../../shared/protocol/tracker/tracker-calls.ts';
import { eventName } from '../../../shared/protocol/tracker/tracker-calls.ts';
import { until } from '../../helpers/until.ts';

const A = 'http://a.example/announce';
const B = 'http://b.example/announce';
const PEER = { address: '192.0.2.7', port: 7 };
const REPLY: AnnounceReply = {
  kind: 'announced',
  intervalSeconds: 1800,
  minIntervalSeconds: undefined,
  seeders: 1,
  leechers: 0,
  peers: [PEER],
  externalAddress: undefined,
  trackerId: undefined,
  warning: undefined,
  defects: [],
  oddities: [],
};

describe('client/swarm/announcer.ts', () => {
  /** What each tracker was told: 'http://a.example/announce started'. */
  let told: string[];
  let calls: AnnounceCall[];
  let replies: Map<string, 'dead' | 'refuse' | Partial<AnnounceReply>>;
  let found: string[];
  let failures: string[];
  let allFailed: number;
  let isComplete: boolean;
  /** Instead of `addresses`, when it settles. */
  let resolved: Promise<typeof addresses> | undefined;
  let addresses: { address: string; family: 4 | 6 }[];
  let announcer: Announcer;

  beforeEach(() => {
    told = [];
    calls = [];
    replies = new Map();
    found = [];
    failures = [];
    allFailed = 0;
    isComplete = false;
    resolved = undefined;
    addresses = [{ address: '192.0.2.1', family: 4 }];
    announcer = new Announcer(options());
  });

  afterEach(() => announcer.stop());

  it('announces to the first of a tier, and to every tier', async () => {
    announcer.setTiers([{ urls: [A, B] }, { urls: ['http://c.example/announce'] }]);
    await until(() => told.length === 2);
    expect(told).to.have.members([`${A} started`, 'http://c.example/announce started']);
    expect(found).to.deep.equal(['192.0.2.7', '192.0.2.7']);
    expect(calls[0]).to.deep.include({ port: 6881, left: 5, numwant: 50 });
  });

  it('goes on to the next when one is dead or refuses, and says why', async () => {
    replies.set(A, 'dead').set(B, 'refuse');
    announcer.setTiers([{ urls: [A, B, 'http://c.example/announce'] }]);
    await until(() => found.length === 1);
    expect(failures).to.deep.equal([`${A}: connection refused`, `${B}: refused: go away`]);
    expect(allFailed).to.equal(0);
  });

  it('asks the others of a tier as well when one has no peers', async () => {
    replies.set(A, { peers: [] });
    announcer.setTiers([{ urls: [A, B] }]);
    await until(() => told.length === 2);
    expect(told).to.deep.equal([`${A} started`, `${B} started`]);
  });

  it('tells nobody anything whose address is found after the end', async () => {
    const finding = Promise.withResolvers<typeof addresses>();
    resolved = finding.promise;
    announcer.setTiers([{ urls: [A] }]);
    await announcer.stop();
    finding.resolve(addresses);
    await new Promise(setImmediate);
    expect(told).to.deep.equal([]);
  });

  it('says so when all trackers of all tiers fail, and tries again', async () => {
    replies.set(A, 'dead').set(B, 'dead');
    announcer.setTiers([{ urls: [A] }, { urls: [B] }]);
    await until(() => allFailed > 0);
    replies.delete(A);
    await until(() => found.length === 1);
  });

  it('goes on with other tiers, telling nobody twice that it started', async () => {
    announcer.setTiers([{ urls: [A] }]);
    await until(() => told.length === 1);
    announcer.setTiers([{ urls: [B] }, { urls: [A] }]);
    await until(() => told.length === 3);
    expect(told.slice(1)).to.have.members([`${B} started`, `${A} `]);
  });

  it('tells once that it has completed, and at the end that it stops', async () => {
    announcer.setTiers([{ urls: [A, B] }]);
    await until(() => told.length === 1);
    isComplete = true;
    announcer.announceNow();
    await until(() => told.length === 2);
    announcer.announceNow();
    await until(() => told.length === 3);
    await announcer.stop();
    expect(told).to.deep.equal([`${A} started`, `${A} completed`, `${A} `, `${A} stopped`]);
  });

  it('announces over both families, and is content with one', async () => {
    addresses.push({ address: '2001:db8::1', family: 6 });
    replies.set('2001:db8::1', 'dead');
    announcer.setTiers([{ urls: [A] }]);
    await until(() => found.length === 1);
    expect(told).to.deep.equal([`${A} started`, `${A} started`]);
    expect(failures).to.deep.equal([]);
  });

  it('does not call a stranger at an address that is not public', async () => {
    addresses = [{ address: '10.0.0.1', family: 4 }];
    announcer.setTiers([{ urls: [A], strangers: { urls: new Set([A]), policy: createAddressPolicy([]) } }]);
    await until(() => allFailed > 0);
    expect(told).to.deep.equal([]);
    expect(failures[0]).to.include('not public');
  });

  it('waits a day at most, whatever a tracker says, since longer timers fire at once', async () => {
    replies.set(A, { intervalSeconds: 2 ** 32 - 1, minIntervalSeconds: 2 ** 32 - 1 });
    const session = new TrackerSession(A, options());
    expect(await session.announce(false)).to.include({ intervalSeconds: 86_400, minIntervalSeconds: 86_400 });
  });

  it('does not ask a tracker twice at a time', async () => {
    const finding = Promise.withResolvers<typeof addresses>();
    resolved = finding.promise;
    announcer.setTiers([{ urls: [A] }]);
    announcer.setTiers([{ urls: [B] }, { urls: [A] }]);
    finding.resolve(addresses);
    await until(() => found.length === 2);
    expect(told).to.have.members([`${A} started`, `${B} started`]);
  });

  it('tells that it has completed, if it did while a tracker was asked', async () => {
    const finding = Promise.withResolvers<typeof addresses>();
    resolved = finding.promise;
    announcer.setTiers([{ urls: [A] }]);
    isComplete = true;
    announcer.announceNow();
    finding.resolve(addresses);
    await until(() => told.length === 2);
    expect(told).to.deep.equal([`${A} started`, `${A} completed`]);
  });

  it('believes a tracker on the internet no peers in networks that are not', async () => {
    const lan = { address: '192.168.0.1', port: 80 };
    replies.set(A, { peers: [lan, PEER] });
    expect(await peersOf(A)).to.deep.equal([lan, PEER]);
    addresses = [{ address: '8.8.8.8', family: 4 }];
    replies.set(A, { peers: [lan, { address: '9.9.9.9', port: 9 }, { address: 'localhost', port: 80 }] });
    expect(await peersOf(A)).to.deep.equal([{ address: '9.9.9.9', port: 9 }]);
  });

  it('takes a bounded number of peers out of one answer', async () => {
    replies.set(A, { peers: Array.from({ length: 100_000 }, () => PEER) });
    expect(await peersOf(A)).to.have.length(500);
  });

  async function peersOf(url: string): Promise<readonly CompactPeer[]> {
    return (await new TrackerSession(url, options()).announce(false)).peers;
  }

  function options(): AnnouncerOptions {
    return {
      infoHash: 'a'.repeat(40),
      peerId: Buffer.alloc(20),
      port: 6881,
      key: 1,
      progress: () => ({ uploaded: 0, downloaded: 0, left: 5 }),
      policy: () => createAddressPolicy([]),
      resolve: () => resolved ?? Promise.resolve(addresses),
      open: (url, { address }) => fakeTracker(url.href, address),
      isComplete: () => isComplete,
      wantsPeers: () => !isComplete,
      onPeers: (peers) => found.push(...peers.map((peer) => peer.address)),
      onFailure: (tracker, reason) => failures.push(`${tracker}: ${reason}`),
      onAllFailed: () => allFailed++,
      patience: 0.001,
    };
  }

  function fakeTracker(url: string, address: string): TrackerClient {
    return {
      scrape: undefined,
      close: async () => undefined,
      announce: async (call) => {
        calls.push(call);
        told.push(`${url} ${eventName(call.event) ?? ''}`);
        const reply = replies.get(address) ?? replies.get(url) ?? {};
        if (reply === 'dead') throw new TrackerError('unreachable', 'connection refused');
        if (reply === 'refuse') return { kind: 'refused', reason: 'go away', defects: [], oddities: [], redirects: [] };
        return { ...REPLY, ...reply, redirects: [] };
      },
    };
  }
});
