import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { until } from '../helpers/until.ts';

describe('bin/up.ts', function () {
  this.timeout(60_000);

  describe('a network that is up', () => {
    const folder = new TemporaryFolder();
    let network: RunningProcess;

    before(async () => {
      network = startNetwork(folder);
      await network.line(/^ready$/);
    });

    after(async () => {
      await network.stop();
      folder.remove();
    });

    it('prints the role and number before each bound address, and ready at last', () => {
      const listening = /^(node|supernode) [12] listening (http|udp|ws):\/\/127\.0\.0\.1:\d+(\/announce)?$/;
      expect(network.stdoutLines.at(-1)).to.equal('ready');
      for (const line of network.stdoutLines.slice(0, -1)) expect(line).to.match(listening);
      for (const role of ['node 1', 'node 2', 'supernode 1']) {
        expect(network.stdoutLines.some((line) => line.startsWith(`${role} listening http://`))).to.equal(true);
      }
    });

    it('writes down where the planter finds the network', () => {
      const { supernodes, nodes } = JSON.parse(readFileSync(folder.at('network.json'), 'utf8'));
      expect(supernodes).to.have.length(1);
      expect(nodes).to.have.length(2);
      expect(network.stdoutLines).to.include(`node 1 listening ${nodes[0]}/announce`);
    });

    it('drains everything on SIGTERM, exits with 0, and starts again with the same members', async () => {
      const members = ids(folder);
      expect(await network.stop('SIGTERM')).to.equal(0);
      network = startNetwork(folder);
      await network.line(/^ready$/);
      expect(ids(folder)).to.deep.equal(members);
    });

    it('goes on when a node is killed, and says so', async () => {
      process.kill(pidOf(network, 'node 1'), 'SIGKILL');
      await until(() => network.stderrLines.some((line) => /^node 1 .*SIGKILL/.test(line)));
      const { supernodes, nodes } = JSON.parse(readFileSync(folder.at('network.json'), 'utf8'));
      for (const url of [...supernodes, nodes[1]]) expect((await fetch(`${url}/health`)).status).to.equal(200);
    });

    it('leaves no process behind when it is killed itself', async () => {
      const pids = ['node 2', 'supernode 1'].map((role) => pidOf(network, role));
      expect(pids.filter(isAlive)).to.deep.equal(pids);
      process.kill(network.pid, 'SIGKILL');
      await until(() => !pids.some(isAlive), { what: 'the end of all children' });
    });
  });

  it('goes on when whoever read its output has gone', async () => {
    using folder = new TemporaryFolder();
    await using unread = startNetwork(folder);
    await unread.line(/listening/);
    unread.hangUp();
    await until(() => unread.stderrLines.includes(`The network is up, its data in ${folder.path}:`));
    expect(await unread.stop()).to.equal(0);
  });

  it('says which role could not start, and nothing of the others that it ends', async () => {
    using folder = new TemporaryFolder();
    folder.write('node-1', 'no folder');
    await using failed = startNetwork(folder);
    expect(await failed.end()).to.equal(1);
    expect(failed.stderrLines).to.have.length(3);
    expect(failed.stderrLines[0]).to.include('anatomic node: cannot ');
    expect(failed.stderrLines[1]).to.match(/^node 1 \(pid \d+\) ended: exit code 1$/);
    expect(failed.stderrLines[2]).to.equal('anatomic up: node 1 ended (exit code 1)');
  });

  it('refuses ports of which the last is none', async () => {
    await using refused = startAnatomic(['up', '--port', '65533', '--nodes', '3', '--supernodes', '1']);
    expect(await refused.end()).to.equal(2);
    expect(refused.stderrLines[0]).to.equal('anatomic up: --port 65533: 65536, the last that is needed, is none');
  });

  for (const milestone of ['before a role listens', 'while roles start']) {
    it(`ends at once and quietly when it is asked to ${milestone}`, async () => {
      using folder = new TemporaryFolder();
      await using starting = startNetwork(folder);
      if (milestone === 'while roles start') await starting.line(/^supernode 1 listening/);
      else await until(() => childrenOf(starting.pid).length > 0);
      const children = childrenOf(starting.pid);
      expect(await starting.stop('SIGINT')).to.equal(0);
      expect(starting.stdoutLines).not.to.include('ready');
      expect(starting.stderrLines).to.deep.equal([]);
      expect(children).not.to.deep.equal([]);
      expect(children.filter(isAlive)).to.deep.equal([]);
    });
  }
});

function startNetwork(folder: TemporaryFolder): RunningProcess {
  return startAnatomic(['up', '--nodes', '2', '--supernodes', '1', '--port', '0', '--directory', folder.path]);
}

/** The introduction on standard error names them: `node 1  http://...  (pid 123)`. */
function pidOf(network: RunningProcess, role: string): number {
  const line = network.stderrLines.find((candidate) => candidate.trim().startsWith(`${role} `));
  return Number(line?.match(/\(pid (\d+)\)/)?.[1]);
}

/** The ids in the keys that the members made. */
function ids(folder: TemporaryFolder): string[] {
  return ['node-1', 'node-2', 'supernode-1'].map((name) => readFileSync(folder.at(name, 'key.pem'), 'utf8'));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Signal 0 only asks. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
