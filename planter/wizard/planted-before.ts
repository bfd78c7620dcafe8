// Whether something was planted before, so that it is not done twice by mistake.

import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { PublicError } from '../../shared/errors.ts';
import { isLink, readTorrentFile } from '../../shared/network/torrent-argument.ts';
import { formatTime } from '../../shared/platform/amounts.ts';
import type { Tools } from '../surroundings.ts';

/** When or by whom it was planted, in words; undefined when it seems to be new. */
export async function plantedBefore(source: string, { planted, keys, clock }: Tools): Promise<string | undefined> {
  const entries = await planted.read().catch(withoutList);
  const entry = entries.findLast((candidate) => candidate.source === source);
  if (entry !== undefined) return `${formatTime((clock.now() - entry.at) / 1000)} ago from this machine`;
  if (isLink(source)) return undefined;
  const planter = await planterIn(await torrentOf(source));
  if (planter === undefined) return undefined;
  const { id } = await keys.own();
  return planter === id ? 'before with your key' : `before by somebody else (${planter.slice(0, 16)})`;
}

/** It only saves from doing something twice. */
function withoutList(error: unknown): [] {
  if (error instanceof PublicError) return [];
  throw error;
}

/** The .torrent itself, or the one beside the content. */
async function torrentOf(source: string): Promise<string> {
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() === true;
  return extname(source).toLowerCase() === '.torrent' && !isFolder ? source : `${source}.torrent`;
}

async function planterIn(torrent: string): Promise<string | undefined> {
  try {
    return (await readTorrentFile(torrent)).metainfo.anatomic?.planter;
  } catch (error) {
    // Planting will say what is wrong with it.
    if (error instanceof PublicError) return undefined;
    throw error;
  }
}
