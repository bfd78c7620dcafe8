import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { loadAddon, readAddon } from '../../../node/native/addon.ts';
import { need } from '../../helpers/needs.ts';
import { RunningProcess } from '../../helpers/running-process.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { buffersFor, describeAddon } from './addon-lab.ts';

describeAddon('node/native/socket.c', (lab) => {
  it('lets go of its sockets when a thread ends without closing them', async () => {
    const source = `
    const { loadAddon } = await import(${JSON.stringify(new URL('../../../node/native/addon.ts', import.meta.url))});
    const { parentPort } = await import('node:worker_threads');
    const addon = loadAddon();
    const buffers = [Buffer.alloc(64), Buffer.alloc(64), Buffer.alloc(24)];
    const handle = addon.openUdp(Buffer.from([127, 0, 0, 1]), 0, 1 << 16, buffers, [() => {}], ${lab.hasThread});
    parentPort.postMessage(addon.port(handle));
  `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    const [port] = await once(worker, 'message');
    await worker.terminate();
    expect(lab.addon.port(lab.openUdp(buffersFor(1), () => {}, port))).to.equal(port);
  });
});

describe('node/native/addon.ts', () => {
  it('uses none that is damaged, or was built from other sources', () => {
    using folder = new TemporaryFolder();
    for (const [name, text] of [
      ['sockets.node', 'no library'],
      ['sockets.cjs', 'exports.openUdp = exports.openTcp = exports.port = () => {};'],
      ['later.cjs', 'exports.interface = 1e9;'],
    ] as const) {
      const path = folder.write(name, text);
      expect(() => readAddon(path), name).to.throw(Error, path);
    }
  });

  it('has huge pages wherever the kernel knows them', async function () {
    need(this, loadAddon() !== undefined, 'the addon that npm run build makes where there is a C compiler');
    // In a process of its own: the kernel makes one mapping of neighbours that are alike.
    const source = `
      import { readFileSync } from 'node:fs';
      const { loadAddon } = await import(${JSON.stringify(new URL('../../../node/native/addon.ts', import.meta.url))});
      const count = () => readFileSync('/proc/self/smaps', 'latin1').match(/^VmFlags:.* hg\\b/gm)?.length ?? 0;
      const [small, reserved] = [new ArrayBuffer(10), new ArrayBuffer(64 * 1024 * 1024)];
      const before = count();
      for (const buffer of [small, reserved]) loadAddon().preferHugePages(buffer);
      const isZero = new Uint8Array(reserved).every((byte) => byte === 0);
      console.log('more', count() - before, isZero);
    `;
    await using child = new RunningProcess(process.execPath, ['--input-type=module', '--eval', source]);
    const [, more, isZero] = await child.line(/^more (\d+) (\w+)$/);
    expect([more, isZero]).to.deep.equal([existsSync('/sys/kernel/mm/transparent_hugepage') ? '1' : '0', 'true']);
  });
});
