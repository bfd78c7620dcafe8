import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { type NodeConfig, nodeOptions } from '../../node/config.ts';
import { type NodeService, startNode } from '../../node/service.ts';
import { UsageError } from '../../shared/errors.ts';
import { createLog } from '../../shared/platform/log.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { startFakeSupernode } from './fake-supernode.ts';
import { hashOf, signerOf } from './plant-records.ts';

const SECRET = 'an-operator-s-secret';
const T = hashOf(1);

describe('node/operator-side.ts', () => {
  let folder: TemporaryFolder;
  let node: NodeService | undefined;
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(async () => {
    await node?.stop();
    node = undefined;
    folder.remove();
  });

  function configOf(...argv: string[]): NodeConfig {
    const preset = ['--host', '127.0.0.1', '--http-port', '0', '--data-directory', folder.path, '--grace', '200ms'];
    const parsed = parseOptions(nodeOptions, { argv: [...preset, '--mode', 'open', ...argv], env: {} });
    if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
    return parsed.config;
  }
  async function start(...argv: string[]): Promise<NodeService> {
    node = await startNode(configOf(...argv), { log: createLog({ level: 'silent', role: 'node' }) });
    return node;
  }
  async function admin(path: string, body?: object, secret = SECRET): Promise<{ status: number; json: unknown }> {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
    const headers = { ...init.headers, Authorization: `Bearer ${secret}` };
    const response = await fetch(`${node!.baseUrl}/admin/v1${path}`, { ...init, headers });
    return { status: response.status, json: await response.json().catch(() => undefined) };
  }
  const get = async (path: string): Promise<string> => (await fetch(node!.baseUrl + path)).text();
  const announce = (): Promise<string> => {
    const hash = [...infoHashBytes(T)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    return get(`/announce?info_hash=${hash}&peer_id=-XX0001-123456789012&port=6881&left=0&compact=1`);
  };

  it('shows what listeners count, as document and as metrics', async () => {
    await start();
    await announce();
    await get('/announce');
    const stats = JSON.parse(await get('/stats')) as Record<string, unknown>;
    expect(stats).to.deep.include({ torrents: 1, refusals: { 'bad-info-hash': 1 }, state: 'open' });
    expect(stats.requests).to.deep.include({ announces: 2, scrapes: 0 });
    const metrics = await get('/metrics');
    expect(metrics).to.include('anatomic_node_announces_total{protocol="http",family="ipv4"} 2\n');
    expect(metrics).to.include('anatomic_node_peers{family="ipv4",role="seeder"} 1\n');
    expect(metrics).to.match(/^nodejs_eventloop_delay_seconds\{quantile="0\.99"\} /m);
  });

  it('has no metrics and no administration unless it is told so', async () => {
    await start('--no-metrics');
    expect((await fetch(`${node!.baseUrl}/metrics`)).status).to.equal(404);
    expect((await admin('/stats')).status).to.equal(404);
  });

  it('refuses tokens that are none before anything is opened', async () => {
    const file = folder.write('tokens', 'read:short\n');
    const error = await startNode(configOf('--admin-token-file', file)).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UsageError);
    const missing = await startNode(configOf('--admin-token-file', folder.at('none'))).catch(
      (reason: unknown) => reason,
    );
    expect(missing).to.be.instanceOf(UsageError).with.property('message').that.includes('--admin-token-file');
  });

  it('takes tokens from a file, and shows the configuration without them', async () => {
    const file = folder.write('tokens', `# mine\nread:${SECRET}\n`);
    await start('--admin-token-file', file, '--admin-token', `access:${SECRET}-other`, '--interval', '20m');
    const { status, json } = await admin('/config');
    expect(status).to.equal(200);
    expect(json).to.include({ 'admin-token': true, 'admin-token-file': file, interval: '20m', mode: 'open' });
    expect(JSON.stringify(json)).not.to.include(SECRET);
    expect((await admin('/drain', {})).status).to.equal(403);
    expect((await admin('/stats')).json).to.include({ torrents: 0 });
  });

  it('reads tokens again, and keeps those from before when it cannot', async () => {
    const file = folder.write('tokens', '');
    await start('--admin-token-file', file);
    expect((await admin('/stats')).status).to.equal(401);
    folder.write('tokens', `read:${SECRET}\n`);
    await node!.reload();
    expect((await admin('/stats')).status).to.equal(200);
    folder.write('tokens', 'nonsense\n');
    await node!.reload();
    expect((await admin('/stats')).status).to.equal(200);
    folder.write('tokens', '# nobody\n');
    await node!.reload();
    expect((await admin('/stats')).status).to.equal(401);
  });

  it('denies a torrent and bans a network from the next request on, and takes it back', async () => {
    const deny = folder.write('deny', '');
    const ban = folder.write('ban', '');
    await start('--admin-token', `all:${SECRET}`, '--deny-torrents', deny, '--ban-networks', ban);
    expect(await announce()).to.include('8:completei1e');
    expect((await admin('/deny', { torrents: [T] })).json).to.deep.include.members([{ file: deny, count: 1 }]);
    expect(await announce()).to.include('not allowed here');
    await admin('/undeny', { torrents: [T] });
    expect(await announce()).to.include('8:completei1e');
    await admin('/ban', { networks: ['127.0.0.0/8'] });
    expect(await announce()).to.include('address not allowed here');
    expect(JSON.parse(await get('/stats')))
      .to.have.property('refusals')
      .that.includes({ 'forbidden-address': 1 });
    await admin('/unban', { networks: ['127.0.0.0/8'] });
    expect(await announce()).to.include('8:completei1e');
    const { status, json } = await admin('/allow', { torrents: [T] });
    expect([status, json]).to.deep.equal([
      409,
      { code: 'no-list', message: 'this node has no such list; see --allow-torrents' },
    ]);
  });

  it('reads lists again that were changed by other hands', async () => {
    const deny = folder.write('deny', '');
    await start('--admin-token', `access:${SECRET}`, '--deny-torrents', deny);
    folder.write('deny', `${T}\n`);
    expect((await admin('/reload', {})).json).to.deep.equal([{ file: deny, count: 1 }]);
    expect(await announce()).to.include('not allowed here');
    folder.write('deny', 'nonsense\n');
    expect((await admin('/reload', {})).json)
      .to.have.nested.property('[0].error')
      .that.includes('line 1');
    expect(await announce()).to.include('not allowed here');
  });

  it('scrapes everything where it is allowed to, and lists the top torrents', async () => {
    await start('--full-scrape');
    await announce();
    const hash = infoHashBytes(T).toString('latin1');
    const counts = 'd8:completei1e10:downloadedi0e10:incompletei0ee';
    const scrape = Buffer.from(await (await fetch(`${node!.baseUrl}/scrape`)).arrayBuffer());
    expect(scrape.toString('latin1')).to.equal(`d5:filesd20:${hash}${counts}ee`);
    expect(await get('/scrape.txt')).to.include(`${T} 1 0 0\n`);
    expect(JSON.parse(await get('/stats/top?count=1'))).to.deep.equal([
      { infoHash: T, seeders: 1, leechers: 0, downloaded: 0 },
    ]);
    await node!.stop();
    expect(readdirSync(folder.path).filter((name) => name.startsWith('full-scrape'))).to.deep.equal([]);
  });

  it('forgets what a node shared, and takes from it again', async () => {
    await start('--admin-token', `peers:${SECRET}`);
    expect(await admin('/forget-origin', { node: node!.id })).to.deep.equal({ status: 200, json: {} });
    expect((await admin('/allow-origin', { node: node!.id })).status).to.equal(200);
    expect((await admin('/forget-origin', { node: 'x' })).status).to.equal(400);
  });

  it('drains: supernodes hear of it, announces are answered, and it can be taken back', async () => {
    const supernode = await startFakeSupernode(signerOf(101));
    await start('--admin-token', `lifecycle:${SECRET}`, '--supernode', supernode.url, '--allow-network', '127.0.0.0/8');
    await node!.ready;
    expect((await admin('/drain', {})).json).to.deep.equal({ state: 'draining' });
    expect(supernode.joins.map(({ statement }) => statement.state)).to.deep.equal(['open', 'draining']);
    expect(await get('/ready')).to.equal('draining\n');
    expect(await announce()).to.include('8:completei1e');
    expect((await admin('/resume', {})).json).to.deep.equal({ state: 'open' });
    expect(supernode.joins.at(-1)?.statement.state).to.equal('open');
    expect(await get('/ready')).to.equal('ready\n');
    await node!.stop();
    await supernode.close();
  });
});
