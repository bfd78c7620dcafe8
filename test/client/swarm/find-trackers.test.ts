import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { findTrackers } from '../../../client/swarm/find-trackers.ts';
import { NETWORK_OPTIONS, readNetworkWish } from '../../../shared/network/network-options.ts';
import type { TorrentArgument } from '../../../shared/network/torrent-argument.ts';
import { readTorrentArgument } from '../../../shared/network/torrent-argument.ts';
import { systemClock } from '../../../shared/platform/clock.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { defineOptions, parseOptions } from '../../../shared/platform/options.ts';
import { systemRandom } from '../../../shared/platform/random.ts';
import { serveOnLoopback } from '../../helpers/bound-server.ts';
import { TestNetwork } from '../../helpers/test-network.ts';
import { infoV1, torrentOf } from '../../helpers/torrents.ts';

const IDENTITY = { signer: createSigner(), clock: systemClock, random: systemRandom };
const OPTIONS = defineOptions({ command: '', summary: '', options: NETWORK_OPTIONS });
const FOREIGN = 'udp://tracker.example:6969/announce';
const WEB_SOCKET = 'wss://tracker.example/announce';

describe('client/swarm/find-trackers.ts', () => {
  let network: TestNetwork;
  let planted: TorrentArgument;

  before(async () => {
    network = await TestNetwork.create({ nodes: 2, supernodes: 1 });
    const { file } = await network.plant(network.folder.write('a.bin', 'hello'), ['--copies', '2']);
    planted = await readTorrentArgument(file);
  });

  after(() => network?.stop());

  it('puts the carriers first, in one tier with what the file names of this network', async () => {
    const { tiers, carriers } = await find(planted);
    expect(carriers).to.have.members(network.nodes.map(({ baseUrl }) => `${baseUrl}/announce`));
    expect(tiers).to.have.length(1);
    expect(tiers[0]?.urls.slice(0, 2)).to.deep.equal(carriers);
    expect(tiers[0]?.urls).to.have.members(planted.trackers.flat());
    expect([...(tiers[0]?.strangers?.urls ?? [])]).to.deep.equal(carriers);
  });

  it('waits for nobody after the signal, and leaves nothing at it', async () => {
    const stop = new AbortController();
    const silent = await serveOnLoopback(() => stop.abort());
    const found = await find(planted, { supernode: silent.url, signal: stop.signal });
    await silent.close();
    expect(found.carriers).to.deep.equal([]);
    expect(found.failure).to.include('no supernode answers');
    const { signal } = new AbortController();
    await find(planted, { signal });
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('keeps foreign trackers in tiers of their own, WebSocket ones apart', async () => {
    const { tiers, webSocketTrackers } = await find({ ...planted, trackers: [[FOREIGN, WEB_SOCKET, 'gopher://x']] });
    expect(tiers[1]?.urls).to.deep.equal([FOREIGN]);
    expect(webSocketTrackers).to.deep.equal([WEB_SOCKET]);
  });

  it('falls back to what the file names, and says why', async () => {
    const { tiers, carriers, failure } = await find(
      { ...planted, trackers: [[FOREIGN]] },
      { supernode: 'http://127.0.0.1:1' },
    );
    expect([tiers.map(({ urls }) => urls), carriers]).to.deep.equal([[[FOREIGN]], []]);
    expect(failure).to.include('connection refused');
  });

  it('asks nobody about a private torrent', async () => {
    const bytes = torrentOf({ ...infoV1(), private: 1 }, { announce: FOREIGN });
    const torrent = await readTorrentArgument(network.folder.write('private.torrent', bytes));
    const { tiers, failure } = await find(torrent, { supernode: 'http://127.0.0.1:1' });
    expect([tiers.map(({ urls }) => urls), failure]).to.deep.equal([[[FOREIGN]], undefined]);
  });

  function find(
    torrent: TorrentArgument,
    {
      supernode = network.supernodes[0]!.baseUrl,
      signal,
    }: { readonly supernode?: string; readonly signal?: AbortSignal } = {},
  ) {
    const parsed = parseOptions(OPTIONS, { argv: ['--supernode', supernode], env: {} });
    if (parsed.kind !== 'config') throw new Error('not a configuration');
    const { path: folder } = network.folder;
    return findTrackers(torrent, readNetworkWish(parsed.config, { HOME: folder }, { folder }), IDENTITY, signal);
  }
});
