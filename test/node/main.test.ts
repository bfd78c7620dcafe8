import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createGuard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { startAnatomic, startWithoutRoom } from '../helpers/anatomic.ts';
import { hasProgram, need } from '../helpers/needs.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { until } from '../helpers/until.ts';
import { startFakeSupernode } from './fake-supernode.ts';
import { allocationOf, hashOf, plantOf, signerOf } from './plant-records.ts';

const PAGE_BYTES = 4096;
const PLANTER = signerOf(1);
const SUPERNODE = signerOf(101);
const T = hashOf(1);

describe('node/main.ts', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'anatomic-main-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('prints the bound addresses and `ready` on standard output, talks on standard error, and drains on SIGTERM', async () => {
    const node = startAnatomic(['node', '--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory]);
    await node.line(/^ready$/);
    expect(node.stdoutLines).to.have.length(4);
    expect(node.stdoutLines[0]).to.match(/^listening http:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(node.stdoutLines[1]).to.match(/^listening udp:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(node.stdoutLines[2]).to.match(/^listening ws:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(await node.stop()).to.equal(0);
    expect(node.stderrLines.every((line) => line.startsWith('{'))).to.equal(true);
  });

  it('reads its lists again on SIGHUP, and keeps the one from before when a file is broken', async () => {
    const list = join(directory, 'denied.txt');
    writeFileSync(list, '# nothing yet\n');
    const where = ['--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory];
    await using node = startAnatomic(['node', ...where, '--mode', 'open', '--deny-torrents', list]);
    const [, url] = await node.line(/^listening (http:.*)$/);
    await node.line(/^ready$/);
    const query = `info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=6881&left=1`;
    const isDenied = async (): Promise<boolean> => {
      return (await (await fetch(`${url}?${query}`)).text()).includes('torrent not allowed here');
    };
    expect(await isDenied()).to.equal(false);
    writeFileSync(list, `${'61'.repeat(20)} # aaaaaaaaaaaaaaaaaaaa\n`);
    process.kill(node.pid, 'SIGHUP');
    await until(isDenied);
    writeFileSync(list, 'nonsense\n');
    process.kill(node.pid, 'SIGHUP');
    await until(() => node.stderrLines.some((line) => line.includes('line 1 is not an info hash')));
    expect(await isDenied()).to.equal(true);
    expect(await node.stop()).to.equal(0);
  });

  it('takes its tokens from the environment, and tells supernodes on SIGTERM that it leaves', async () => {
    const supernode = await startFakeSupernode(signerOf(101));
    const where = ['--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory];
    const environment = { ANATOMIC_ADMIN_TOKEN: 'read:secret-of-the-operator' };
    const network = ['--supernode', supernode.url, '--allow-network', '127.0.0.0/8'];
    await using node = startAnatomic(['node', ...where, ...network], { environment });
    const [, url] = await node.line(/^listening (http:.*)\/announce$/);
    await node.line(/^ready$/);
    const answer = await fetch(`${url}/admin/v1/config`, {
      headers: { Authorization: 'Bearer secret-of-the-operator' },
    });
    expect(await answer.json()).to.include({ 'admin-token': true, host: '127.0.0.1' });
    expect(await (await fetch(`${url}/metrics`)).text()).to.include('anatomic_node_supernodes_joined 1\n');
    expect(await node.stop()).to.equal(0);
    expect(supernode.joins.map(({ statement }) => statement.state)).to.deep.equal(['open', 'left']);
    expect(node.stderrLines.join('')).not.to.include('secret-of-the-operator');
    await supernode.close();
  });

  it('goes on with a full disk, refuses plants, tells supernodes that it leaves, and ends with 1 when counts are lost', async function () {
    need(this, hasProgram('sh'), 'sh');
    const supernode = await startFakeSupernode(SUPERNODE);
    const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
    const client = new NodeClient({ guard, signer: PLANTER, clock: systemClock, random: systemRandom });
    const network = ['--supernode', supernode.url, '--allow-network', '127.0.0.0/8'];
    const args = ['node', '--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory, ...network];
    const urlOf = async (node: RunningProcess): Promise<string> => {
      const [, url] = await node.line(/^listening (http:.*)\/announce$/);
      await node.line(/^ready$/);
      return url!;
    };
    const plant = async (url: string, infoHash: string): Promise<unknown> => {
      const { id } = await client.ping(url);
      const now = Date.now();
      return client.plant(url, id, {
        plants: [plantOf(PLANTER, infoHash, { seq: now }).bytes],
        allocations: [allocationOf(SUPERNODE, infoHash, id, { expiresAt: now + 60_000 })],
        carriers: [],
      });
    };
    const first = startAnatomic(args);
    await plant(await urlOf(first), T);
    expect(await first.stop()).to.equal(0);

    await using node = startWithoutRoom(args);
    const url = await urlOf(node);
    const refusal = await plant(url, hashOf(2)).catch((reason: unknown) => reason);
    expect(refusal).to.include({ code: 'database', status: 503, retrySeconds: 60 });
    expect(await (await fetch(`${url}/metrics`)).text()).to.include('anatomic_node_database_up 0\n');
    const announce = `${url}/announce?info_hash=${T.replace(/../g, '%$&')}&peer_id=${'b'.repeat(20)}&port=6881&compact=1`;
    expect(await (await fetch(`${announce}&left=5`)).text()).to.include('10:incompletei1e');
    expect(await (await fetch(`${announce}&left=0&event=completed`)).text()).to.include('8:completei1e');
    expect(await node.stop()).to.equal(1);
    expect(supernode.joins.map(({ statement }) => statement.state)).to.deep.equal(['open', 'left', 'open', 'left']);
    for (const told of [
      'keeping the swarms on disk failed',
      'the database cannot be written',
      'not everything could',
    ]) {
      expect(node.stderrLines.filter((line) => line.includes(told))).to.not.be.empty;
    }
    await guard.close();
    await supernode.close();
  });

  it('ends with 1 for a database that is damaged, and says what to do', async () => {
    const where = ['node', '--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory];
    const first = startAnatomic(where);
    await first.line(/^ready$/);
    expect(await first.stop()).to.equal(0);
    const file = join(directory, 'node.sqlite');
    const whole = readFileSync(file);
    const pages = whole.length / PAGE_BYTES;
    for (const [from, to] of [
      [0, 1],
      [1, pages],
    ] as const) {
      writeFileSync(file, Buffer.from(whole).fill(0xff, from * PAGE_BYTES, to * PAGE_BYTES));
      const node = startAnatomic(where);
      expect(await node.end()).to.equal(1);
      expect(node.stderrLines.at(-1)).to.include(file).and.include('restore it from a backup, or move it away');
    }
  });

  it('ends with 2 and one line for a list that cannot be read', async () => {
    const list = join(directory, 'none.txt');
    const node = startAnatomic(['node', '--http-port', '0', '--data-directory', directory, '--ban-networks', list]);
    expect(await node.end()).to.equal(2);
    expect(node.stderrLines.join('\n')).to.include('none.txt: no such file or folder');
  });

  it('ends with 2 and one line and a hint for a wrong option', async () => {
    const node = startAnatomic(['node', '--supernode', 'http://127.0.0.1:1', '--data-directory', directory]);
    expect(await node.end()).to.equal(2);
    expect(node.stdoutLines).to.deep.equal([]);
    expect(node.stderrLines).to.have.length(2);
    expect(node.stderrLines[0]).to.include('--public-url');
  });

  it('prints its help', async () => {
    const node = startAnatomic(['node', '--help']);
    expect(await node.end()).to.equal(0);
    expect(node.stdoutLines.join('\n')).to.include('--http-port').and.include('ANATOMIC_MAX_TORRENTS');
  });
});
