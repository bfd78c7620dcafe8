// Our node, carrying any torrent as the others do.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODES } from '../plan.ts';
import type { Contender } from './contender.ts';

const ROOT = join(import.meta.dirname, '../..');

export const anatomic: Contender = {
  name: 'anatomic',
  title: 'anatomic',
  modes: MODES,
  isSlow: false,
  settleMs: 0,
  async version() {
    return `anatomic ${JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version}`;
  },
  async command({ port, folder }) {
    const address = ['--host', '127.0.0.1', '--http-port', String(port), '--udp-port', String(port)];
    const command = [process.execPath, join(ROOT, 'bin/anatomic.ts'), 'node', '--mode', 'open'];
    return [...command, ...address, '--data-directory', join(folder, 'data')];
  },
};
