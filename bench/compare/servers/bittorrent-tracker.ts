// The server of the npm package bittorrent-tracker, in a process of its own.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODES } from '../../load/workload.ts';
import type { Contender } from './contender.ts';

const MAIN = join(import.meta.dirname, 'bittorrent-tracker-main.ts');

export const bittorrentTracker: Contender = {
  name: 'bittorrent-tracker',
  title: 'bittorrent-tracker (npm)',
  modes: MODES,
  isSlow: true,
  settleMs: 0,
  version,
  async command({ port }) {
    return [process.execPath, MAIN, String(port)];
  },
};

async function version(): Promise<string | undefined> {
  try {
    const manifest = fileURLToPath(new URL('./package.json', import.meta.resolve('bittorrent-tracker')));
    return `bittorrent-tracker ${JSON.parse(await readFile(manifest, 'utf8')).version}`;
  } catch {
    return undefined;
  }
}
