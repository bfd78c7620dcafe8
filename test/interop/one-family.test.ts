// Machines that have one address family only: a node and a supernode say where they can be reached there, and are.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import { hasNamespaces, need } from '../helpers/needs.ts';
import { type Host, Lab } from './lab.ts';

const run = promisify(execFile);

const MACHINES = [
  { lacks: 'IPv6', commands: ['sysctl -qw net.ipv6.conf.all.disable_ipv6=1'], host: '127.0.0.1' },
  { lacks: 'IPv4', commands: ['ip -4 addr flush dev lo', 'ip -4 addr flush dev eth0'], host: '[::1]' },
];

for (const { lacks, commands, host } of MACHINES) {
  describe(`on a machine without ${lacks}`, () => {
    let lab: Lab;
    let place: Host;

    before(async function () {
      need(this, hasNamespaces(), 'root, for network namespaces');
      lab = await Lab.inNamespaces(1);
      place = lab.host(0);
      for (const command of commands) await run('ip', ['netns', 'exec', place.namespace!, ...command.split(' ')]);
    });
    after(() => lab?.[Symbol.asyncDispose]());

    for (const native of [true, false]) {
      it(`a node names what it can be reached by, ${native ? 'with' : 'without'} the addon, and a tracker's client reaches it`, async () => {
        const flags = ['--http-port', '6969', '--mode', 'open', '--data-directory', join(lab.folder, `${native}`)];
        const { namespace } = place;
        await using node = startAnatomic(['node', ...flags, ...(native ? [] : ['--no-native'])], { namespace });
        await node.line(/^ready$/);
        const urls = ['http', 'udp', 'ws'].map((scheme) => `${scheme}://${host}:6969/announce`);
        expect(node.stdoutLines).to.deep.equal([...urls.map((url) => `listening ${url}`), 'ready']);
        await using check = startAnatomic(['check', ...urls], { namespace });
        expect(await check.end(), check.stdoutLines.join('\n')).to.equal(0);
      });
    }

    it('a supernode names what it can be reached by', async () => {
      const flags = ['--http-port', '6970', '--data-directory', join(lab.folder, 'supernode')];
      await using supernode = startAnatomic(['supernode', ...flags], { namespace: place.namespace });
      await supernode.line(/^ready$/);
      expect(supernode.stdoutLines).to.deep.equal([`listening http://${host}:6970/announce`, 'ready']);
    });
  });
}
