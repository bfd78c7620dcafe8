// What the numbers were measured on.

import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';

/** 'Some Processor, 2 cores; Debian GNU/Linux 12, Linux 6.1; Node.js 24.1.0' */
export async function describeMachine(): Promise<string> {
  const cores = availableParallelism();
  const processor = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  return `${processor}; ${await systemName()}, Linux ${release()}; Node.js ${process.versions.node}`;
}

async function systemName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="(.*)"$/m.exec(text)?.[1] ?? 'unknown system';
}
