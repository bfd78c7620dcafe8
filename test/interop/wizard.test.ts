// The wizard in a real terminal, against a network in this process.

import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { CuttableProxy } from '../helpers/cuttable-proxy.ts';
import { hasProgram, need } from '../helpers/needs.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';
import { Terminal } from './terminal.ts';

const COMMAND = fileURLToPath(new URL('../../bin/anatomic.ts', import.meta.url));
const WHICH = /Step 2 of 4/;
const HOW_MANY = /On how many nodes\?/;

describe('the planting wizard in a terminal', () => {
  let network: TestNetwork;
  let folder: TemporaryFolder;

  before(async function () {
    need(this, hasProgram('tmux'), 'tmux');
    network = await TestNetwork.create({ nodes: 3, supernodes: 1 });
  });

  after(() => network?.stop());

  beforeEach(() => {
    folder = new TemporaryFolder();
    folder.write('holiday.bin', 'x'.repeat(100_000));
  });

  afterEach(() => folder.remove());

  it('leads from the welcome to the magnet link, and asks before it plants the same again', async () => {
    await using terminal = await open(network.supernodes[0]!.baseUrl);
    await terminal.shows(/plant a torrent \(step 1 of 4\)/);
    await terminal.shows(WHICH);
    await terminal.type('holi');
    await terminal.shows(/● .*holiday\.bin/);
    await terminal.press('Enter');
    await terminal.shows(HOW_MANY);
    await terminal.press('Up', 'Enter');
    const done = await terminal.shows(/Step 4 of 4: done/);
    const rows = [
      'Asking supernodes',
      'Planting on nodes',
      'Telling supernodes',
      'Rewriting the torrent',
      'Reading it back',
    ];
    for (const row of rows) {
      expect(done).to.include(`◆  ${row}`);
    }
    expect(done).to.include('Planted on 2 nodes.').and.include('magnet:?xt=urn:btih:');
    expect(done.match(/planted on http/g)).to.have.length(2);
    expect(readMetainfo(readFileSync(folder.at('holiday.bin.torrent'))).announceList[0]).to.have.length(3);

    await terminal.press('Down', 'Down', 'Enter');
    await terminal.type(`'${folder.at('holiday.bin.torrent')}'`);
    await terminal.press('Enter');
    await terminal.shows(/On how many nodes\?\s+│ {2}○ 1/);
    await terminal.press('Enter');
    await terminal.shows(/Planted before with your key\. Plant it again\?/);
    await terminal.press('y', 'Enter');
    await terminal.shows(/What now\?\s+│ {2}● Show the link as a QR code/);
    await terminal.press('Down', 'Down', 'Enter');
    await terminal.shows(/Happy sharing\.\s+exit code 0/);
  });

  it('completes paths with Tab, and takes one that a terminal has escaped', async () => {
    folder.write('my pictures/it\u2019s (1).bin', 'x');
    await using terminal = await open(network.supernodes[0]!.baseUrl);
    await terminal.shows(WHICH);
    await terminal.type('my');
    await terminal.shows(/● .*my pictures\//);
    await terminal.press('Tab');
    await terminal.shows(/Search: .*my pictures\/[\s\S]*○ .*it\u2019s \(1\)\.bin/);
    await terminal.press('C-u');
    await terminal.type(folder.at('my pictures/it\u2019s (1).bin').replace(/[ ()]/g, '\\$&'));
    await terminal.shows(/Search: .*\\ pictures[\s\S]*● .*it\u2019s \(1\)\.bin/);
    await terminal.press('Enter');
    await terminal.shows(HOW_MANY);
  });

  for (const [columns, rows] of [
    [80, 24],
    [60, 20],
  ] as const) {
    it(`fits a window of ${columns} columns and ${rows} rows`, async () => {
      await using terminal = await open(network.supernodes[0]!.baseUrl, { columns, rows });
      await choose(terminal);
      await terminal.shows(/What now\?[\s\S]*Finish/);
      const screen = await terminal.screen();
      expect(screen.match(/◆ {2}Asking supernodes/g), screen).to.have.length(1);
      expect(screen.match(/planted on http/g)).to.have.length(3);
      const lines = screen.replace(/magnet:[\s\S]*?\n│/, '│').split('\n');
      const broken = lines.filter((line) => line !== '' && !/^[┌│◆◇○└├]/.test(line));
      expect(broken, screen).to.deep.equal([]);
    });
  }

  it('shows the link as a QR code, whole in a small window, and the folder', async () => {
    const manager = folder.write('bin/xdg-open', `#!/bin/sh\nprintf %s "$1" > '${folder.at('opened')}'\n`);
    chmodSync(manager, 0o755);
    const desktop = { DISPLAY: ':0', PATH: `${folder.at('bin')}:${process.env.PATH}` };
    await using terminal = await open(network.supernodes[0]!.baseUrl, { columns: 80, rows: 24 }, desktop);
    await choose(terminal);
    await terminal.shows(/○ Finish/);
    await terminal.press('Down', 'Enter');
    await terminal.shows(/Press any key to go on/);
    const code = (await terminal.visible()).split('\n').filter((line) => /[▀▄█]{3}/.test(line));
    expect(code[0], 'the upper finder patterns').to.match(/^ {2}█▀▀▀▀▀█ .* █▀▀▀▀▀█/);
    expect(code.length).to.be.at.least(15);
    await terminal.press('x');
    await terminal.shows(/Press any key|● Seed it now/);
    await terminal.press('Down', 'Down', 'Enter');
    await until(() => existsSync(folder.at('opened')) && readFileSync(folder.at('opened'), 'utf8') === folder.path);
    await terminal.press('C-c');
    await terminal.shows(/Happy sharing\.\s+exit code 0/);
  });

  it('seeds what was planted', async () => {
    await using terminal = await open(network.supernodes[0]!.baseUrl);
    await choose(terminal);
    await terminal.shows(/● Seed it now/);
    await terminal.press('Enter');
    await terminal.shows(/seeding {2}ratio 0\.00/);
    await terminal.press('C-c');
    await terminal.shows(/exit code 0/);
  });

  it('says what failed, advises, tries again, and can be left', async () => {
    await using terminal = await open('http://127.0.0.1:1');
    await choose(terminal);
    const failed = await terminal.shows(/That did not work/);
    expect(failed).to.include('■  Asking supernodes').and.include('connection refused');
    await terminal.shows(/Is this machine on line\?/);
    await terminal.press('Enter');
    await terminal.shows(/That did not work[\s\S]*That did not work[\s\S]*● Try again/);
    await terminal.press('Down', 'Down', 'Enter');
    await terminal.shows(/The end: nothing was planted\.\s+exit code 1/);
  });

  it('plants after a failure when the network is back', async () => {
    const proxy = await CuttableProxy.start();
    try {
      proxy.targetPort = Number(new URL(network.supernodes[0]!.baseUrl).port);
      proxy.cut();
      await using terminal = await open(proxy.url);
      await choose(terminal);
      await terminal.shows(/■ {2}Asking supernodes[\s\S]*● Try again/);
      proxy.heal();
      await terminal.press('Enter');
      const screen = await terminal.shows(/Step 4 of 4: done[\s\S]*○ Finish/);
      expect(screen).to.include('Planted on 3 nodes.');
      await terminal.press('C-c');
      await terminal.shows(/Happy sharing\.\s+exit code 0/);
    } finally {
      await proxy.close();
    }
  });

  it('asks on Ctrl-C while planting, goes on or stops', async () => {
    const silent = await silentServer();
    try {
      await using terminal = await open(silent.url);
      await choose(terminal);
      await terminal.shows(/[◐◓◑◒] {2}Asking supernodes/);
      await terminal.press('C-c');
      await terminal.shows(/Planting is under way\. Stop it\?/);
      await terminal.press('Enter');
      await terminal.shows(/Stop it\?\s+│ {2}No[\s\S]*[◐◓◑◒] {2}Asking supernodes/);
      await terminal.press('C-c');
      await terminal.shows(/Stop it\?[\s\S]*No[\s\S]*Stop it\?/);
      await terminal.press('y', 'Enter');
      await terminal.shows(/Stopped\. Some nodes may carry it already/);
      await terminal.shows(/exit code 130/);
    } finally {
      silent.server.close();
    }
  });

  it('ends on Ctrl-C at a question', async () => {
    await using terminal = await open(network.supernodes[0]!.baseUrl);
    await terminal.shows(WHICH);
    await terminal.press('C-c');
    await terminal.shows(/Ended by you: nothing was planted\.\s+exit code 130/);
  });

  function open(
    supernode: string,
    size = { columns: 100, rows: 60 },
    desktop: Readonly<Record<string, string>> = { DISPLAY: '', WAYLAND_DISPLAY: '' },
  ): Promise<Terminal> {
    const home = { HOME: folder.path, XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' };
    const options = { cwd: folder.path, environment: { ...home, ...desktop }, size };
    return Terminal.open([process.execPath, COMMAND, 'plant', '--supernode', supernode], options);
  }

  async function choose(terminal: Terminal): Promise<void> {
    await terminal.shows(WHICH);
    await terminal.type(folder.at('holiday.bin'));
    await terminal.press('Enter');
    await terminal.shows(HOW_MANY);
    await terminal.press('Enter');
  }
});

/** Takes connections and never says a word. */
async function silentServer(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, url: `http://127.0.0.1:${address.port}` };
}
