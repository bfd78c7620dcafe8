// Our node, carrying any torrent as the others do: with the addon where it is built, and in JavaScript alone.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODES } from '../../load/workload.ts';
import type { Contender } from './contender.ts';

const ROOT = join(import.meta.dirname, '../../..');

export const anatomic = contender('anatomic', 'anatomic', []);
export const anatomicJavaScript = contender('anatomic-js', 'anatomic, no addon', ['--no-native']);

function contender(name: string, title: string, flags: readonly string[]): Contender {
  return {
    name,
    title,
    modes: MODES,
    isSlow: false,
    settleMs: 0,
    async version() {
      return `anatomic ${JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version}`;
    },
    async command({ port, folder }) {
      const address = ['--host', '127.0.0.1', '--http-port', String(port), '--udp-port', String(port)];
      const command = [process.execPath, join(ROOT, 'bin/anatomic.ts'), 'node', '--mode', 'open', ...flags];
      return [...command, ...address, '--data-directory', join(folder, 'data')];
    },
  };
}
