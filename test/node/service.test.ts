import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type NodeConfig, nodeOptions } from '../../node/config.ts';
import { type NodeService, startNode } from '../../node/service.ts';
import { UsageError } from '../../shared/errors.ts';
import { createGuard, type Guard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createLog } from '../../shared/platform/log.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { SOFTWARE } from '../../shared/platform/software.ts';
import { infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { startFakeSupernode } from './fake-supernode.ts';
import { allocationOf, hashOf, plantOf, signerOf } from './plant-records.ts';

const PLANTER = signerOf(1);
const SUPERNODE = signerOf(101);
const T = hashOf(1);
const log = createLog({ level: 'silent', role: 'node' });

describe('node/service.ts', () => {
  let directory: string;
  let guard: Guard;
  let running: NodeService[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'anatomic-node-'));
    guard = createGuard({ allowNetworks: ['127.0.0.0/8', '::1/128'], configuredUrls: [] });
    running = [];
  });
  afterEach(async () => {
    await Promise.all([...running.map((node) => node.stop()), guard.close()]);
    rmSync(directory, { recursive: true });
  });

  function configOf(...argv: string[]): NodeConfig {
    const preset = ['--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory, '--grace', '200ms'];
    const parsed = parseOptions(nodeOptions, { argv: [...preset, ...argv], env: {} });
    if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
    return parsed.config;
  }
  async function start(...argv: string[]): Promise<NodeService> {
    const node = await startNode(configOf(...argv), { log });
    running.push(node);
    return node;
  }
  const get = async (url: string): Promise<string> => {
    return (await guard.request(url, { method: 'GET', maxBytes: 65_536 })).body.toString('latin1');
  };
  const announceUrl = (node: NodeService): string => {
    const hash = [...infoHashBytes(T)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    return `${node.baseUrl}/announce?info_hash=${hash}&peer_id=-XX0001-123456789012&port=6881&left=0&compact=1`;
  };

  it('answers announces and the control plane on one port, and says under which URLs', async () => {
    const node = await start();
    expect(node.urls).to.have.length(3);
    expect(node.urls[0])
      .to.equal(`${node.baseUrl}/announce`)
      .and.match(/^http:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(node.urls[1]).to.match(/^udp:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(node.urls[2]).to.equal(node.urls[0]!.replace('http', 'ws'));
    expect(await node.ready).to.equal(true);
    expect(await get(announceUrl(node)))
      .to.include('failure reason')
      .and.include('not carried here');
    expect(await get(`${node.baseUrl}/health`)).to.equal('ok\n');
    expect(await get(`${node.baseUrl}/ready`)).to.equal('ready\n');
  });

  it('names loopback addresses when it listens on all', async () => {
    const node = await startNode({ ...configOf(), host: undefined }, { log });
    running.push(node);
    const hosts = node.urls.map((url) => url.replace(/:\d+\//, '/'));
    expect(hosts).to.include.members(['http://127.0.0.1/announce', 'udp://127.0.0.1/announce']);
    for (const url of node.urls.filter((name) => name.startsWith('http:'))) {
      expect(await get(url.replace('/announce', '/health'))).to.equal('ok\n');
    }
  });

  it('states the URLs that it is given, else those that it is bound to', async () => {
    const client = new NodeClient({ guard, signer: PLANTER, clock: systemClock, random: systemRandom });
    const first = await start();
    const { id, statement } = await client.ping(first.baseUrl);
    expect(statement.software).to.equal(SOFTWARE);
    expect(id).to.equal(first.id);
    expect(statement.urls).to.deep.equal([first.baseUrl]);
    expect(`udp://127.0.0.1:${statement.udpPort}/announce`).to.equal(first.urls[1]);
    await first.stop();
    const second = await start('--public-url', 'http://tracker.example:80/', '--public-url', 'https://tracker.example');
    expect((await client.ping(second.baseUrl)).statement.urls).to.deep.equal([
      'http://tracker.example',
      'https://tracker.example',
    ]);
  });

  it('carries what was planted by way of a joined supernode, with its key, after a restart too', async () => {
    const supernode = await startFakeSupernode(SUPERNODE);
    const client = new NodeClient({ guard, signer: PLANTER, clock: systemClock, random: systemRandom });
    const first = await start('--supernode', supernode.url);
    await first.ready;
    expect(supernode.joins.map(({ author, statement }) => [author, ...statement.urls])).to.deep.equal([
      [first.id, first.baseUrl],
    ]);
    const now = Date.now();
    const call = {
      plants: [plantOf(PLANTER, T, { seq: now }).bytes],
      allocations: [allocationOf(SUPERNODE, T, first.id, { expiresAt: now + 60_000 })],
      carriers: [],
    };
    expect((await client.plant(first.baseUrl, first.id, call)).items[0]!.status).to.equal('planted');
    expect(await get(announceUrl(first))).to.include('8:completei1e');
    await first.stop();
    await supernode.close();

    const second = await start('--supernode', supernode.url);
    expect(second.id).to.equal(first.id);
    expect((await client.plant(second.baseUrl, second.id, call)).items[0]!.status).to.equal('known');
    expect(await get(announceUrl(second))).to.include('8:completei1e');
  });

  it('keeps the counts of downloads when it stops', async () => {
    const supernode = await startFakeSupernode(SUPERNODE);
    const client = new NodeClient({ guard, signer: PLANTER, clock: systemClock, random: systemRandom });
    const first = await start('--supernode', supernode.url);
    await first.ready;
    const now = Date.now();
    await client.plant(first.baseUrl, first.id, {
      plants: [plantOf(PLANTER, T, { seq: now }).bytes],
      allocations: [allocationOf(SUPERNODE, T, first.id, { expiresAt: now + 60_000 })],
      carriers: [],
    });
    await get(announceUrl(first).replace('left=0', 'left=5'));
    await get(`${announceUrl(first)}&event=completed`);
    await first.stop();
    const second = await start('--supernode', supernode.url);
    const scrape = announceUrl(second).replace('/announce?', '/scrape?').replace(/&.*/, '');
    expect(await get(scrape)).to.include('10:downloadedi1e');
    await second.stop();
    await supernode.close();
  });

  it('tells supernodes first that it leaves, and answers announces meanwhile', async () => {
    const supernode = await startFakeSupernode(SUPERNODE);
    const node = await start('--supernode', supernode.url);
    await node.ready;
    const heard: string[] = [];
    supernode.onJoin = async ({ state }) => {
      heard.push(state, await get(`${node.baseUrl}/ready`), await get(announceUrl(node)));
    };
    await node.stop();
    expect(heard).to.have.length(3);
    expect(heard.slice(0, 2)).to.deep.equal(['left', 'left\n']);
    expect(heard[2]).to.include('not carried here');
    await supernode.close();
  });

  it('goes on answering for the time that it is given to drain', async () => {
    const node = await start('--drain', '100ms');
    await node.ready;
    const stopped = node.stop();
    expect(await get(`${node.baseUrl}/ready`)).to.equal('left\n');
    await stopped;
    expect(await get(`${node.baseUrl}/ready`).catch(() => 'closed')).to.equal('closed');
  });

  it('stops once, whoever asks, and leaves ports and database to the next', async () => {
    const node = await start();
    const { port } = new URL(node.baseUrl);
    await Promise.all([node.stop(), node.stop()]);
    const again = await start('--http-port', port);
    expect(again.baseUrl).to.equal(node.baseUrl);
  });

  it('stops in the middle of a first join, and was never ready then', async () => {
    const silent = createServer((socket) => socket.resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const called = once(silent, 'connection');
    const address = silent.address() as { port: number };
    const node = await start('--supernode', `http://127.0.0.1:${address.port}`);
    await called;
    expect(await get(`${node.baseUrl}/ready`)).to.equal('starting\n');
    await node.stop();
    expect(await node.ready).to.equal(false);
    await new Promise((resolve) => silent.close(resolve));
  });

  it('says which port is taken, and leaves nothing open', async () => {
    const other = await start();
    const { port } = new URL(other.baseUrl);
    const config = { ...configOf('--http-port', port), dataDirectory: join(directory, 'other') };
    const error = await startNode(config, { log }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UsageError).with.property('message').that.includes(`port ${port}`);

    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const taken = { ...configOf('--udp-port', String(udp.address().port)), dataDirectory: join(directory, 'other') };
    const second = await startNode(taken, { log }).catch((reason: unknown) => reason);
    expect(second).to.be.instanceOf(UsageError).with.property('message').that.includes('--udp-port');
    udp.close();
    await start('--data-directory', join(directory, 'other'));
  });

  it('refuses a configuration that cannot work before it touches anything', async () => {
    const config = { ...configOf('--supernode', 'http://127.0.0.1:1'), host: undefined };
    const error = await startNode(config, { log }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UsageError);
    expect(readdirSync(directory)).to.deep.equal([]);
  });
});
