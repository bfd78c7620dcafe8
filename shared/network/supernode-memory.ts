// The supernodes that worked, so that the next planting needs to be told none. Losing the file costs nothing.

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../platform/files.ts';
import { isLoopback, parseObject, urlsIn } from './supernode-sources.ts';

const MAX_REMEMBERED = 16;

/** Base URLs, the latest first; none when there is no such file. */
export async function recallSupernodes(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return urlsIn(parseObject(text).supernodes).slice(0, MAX_REMEMBERED);
}

/** Puts URLs first; those on this machine are left out, since the next network there may be another. */
export async function rememberSupernodes(file: string, urls: readonly string[]): Promise<void> {
  const lasting = urls.filter((url) => !isLoopback(url));
  if (lasting.length === 0) return;
  const supernodes = [...new Set([...lasting, ...(await recallSupernodes(file))])].slice(0, MAX_REMEMBERED);
  await mkdir(dirname(file), { recursive: true });
  await writeAtomically(file, `${JSON.stringify({ supernodes }, null, 2)}\n`);
}
