// opentracker as Debian packages it: it serves the torrents of a whitelist only.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contender } from './contender.ts';

/** It reads and sorts the whitelist beside its work, and refuses the torrents until then. */
const WHITELIST_MS = 1500;

/** `udpWorkers` left undefined is its default: UDP in the event loop. */
export function opentracker(name: string, title: string, udpWorkers: number | undefined): Contender {
  return {
    name,
    title,
    modes: ['udp', 'udp-connect', 'http'],
    isSlow: false,
    settleMs: WHITELIST_MS,
    version,
    async command({ port, folder, listHashes }) {
      const configFile = join(folder, 'opentracker.conf');
      await writeFile(join(folder, 'whitelist'), await listHashes());
      await writeFile(configFile, configuration(port, folder, udpWorkers));
      return ['opentracker', '-f', configFile];
    },
  };
}

function configuration(port: number, folder: string, udpWorkers: number | undefined): string {
  const lines = [
    `listen.tcp_udp 127.0.0.1:${port}`,
    // Relative: started by root it makes the folder its root first, and becomes the user after.
    'access.whitelist whitelist',
    `tracker.rootdir ${folder}`,
    'tracker.user nobody',
  ];
  // Counts for the `listen` lines below it.
  if (udpWorkers !== undefined) lines.unshift(`listen.udp.workers ${udpWorkers}`);
  return `${lines.join('\n')}\n`;
}

async function version(): Promise<string | undefined> {
  try {
    // Prints the name and the version with a tab between.
    const { stdout } = await promisify(execFile)('dpkg-query', ['-W', 'opentracker']);
    return stdout.trim().replace('\t', ' ');
  } catch {
    return undefined;
  }
}
