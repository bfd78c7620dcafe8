// What the user sees: each step while it happens, and at the end what was planted, for people or for programs.

import type { Content } from './content.ts';
import type { Planted } from './plant.ts';

/** Talk while one path is planted. */
export interface Voice {
  readonly step: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly hashing: (content: Content) => void;
  /** All warnings so far. */
  readonly warnings: readonly string[];
}

/** What came of one path: planted, or an error in words. */
export type Outcome =
  | { readonly path: string; readonly planted: Planted }
  | { readonly path: string; readonly error: string; readonly code: string };

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Talks through `write`, one line at a time. */
export function createVoice(write: (text: string) => void): Voice {
  const warnings: string[] = [];
  return {
    step: (text) => write(`  ${text}\n`),
    warn: (text) => {
      warnings.push(text);
      write(`  warning: ${text}\n`);
    },
    hashing: ({ files, length }) => {
      write(`  hashing ${files.length === 1 ? '1 file' : `${files.length} files`}, ${formatSize(length)}\n`);
    },
    warnings,
  };
}

/** For standard output: file, hashes, trackers and magnet link of each torrent that was planted. */
export function plantedText(outcomes: readonly Outcome[]): string {
  return outcomes.flatMap((outcome) => ('planted' in outcome ? [describe(outcome.planted)] : [])).join('\n');
}

/** For standard output with --json: one document about all paths. */
export function plantedJson(outcomes: readonly Outcome[]): string {
  return `${JSON.stringify({ torrents: outcomes.map(toJson) }, null, 2)}\n`;
}

/** For standard error, after several paths. */
export function summaryText(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter((outcome) => 'error' in outcome).map(({ path }) => path);
  const planted = `${outcomes.length - failed.length} of ${outcomes.length} planted`;
  return failed.length === 0 ? `${planted}\n` : `${planted}; failed: ${failed.join(', ')}\n`;
}

/** In the largest unit that leaves at least 1. */
export function formatSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(bytes) / 10)));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${UNITS[power]}`;
}

function describe({ file, metainfo, carriers, supernodes, magnet }: Planted): string {
  const rows = [
    ...(metainfo.infoHash === undefined ? [] : [['info hash', metainfo.infoHash]]),
    ...(metainfo.infoHashV2 === undefined ? [] : [['info hash v2', metainfo.infoHashV2]]),
    ...carriers.map(({ url }) => ['carrier', `${url}/announce`]),
    ...supernodes.map(({ publicUrl }) => ['supernode', `${publicUrl}/announce`]),
    ['magnet', magnet],
  ];
  return `${file}\n${rows.map(([name, value]) => `  ${name!.padEnd(12)} ${value}\n`).join('')}`;
}

function toJson(outcome: Outcome): object {
  const { path } = outcome;
  if ('error' in outcome) return { path, status: 'failed', code: outcome.code, error: outcome.error };
  const { file, metainfo, isRefreshed, carriers, supernodes, trackers, magnet, warnings } = outcome.planted;
  return {
    path,
    status: isRefreshed ? 'refreshed' : 'planted',
    file,
    name: metainfo.name,
    infoHash: metainfo.infoHash,
    infoHashV2: metainfo.infoHashV2,
    carriers: carriers.map(({ node, url, items }) => ({
      id: node.id,
      url,
      infoHashes: items.map((item) => item.infoHash),
    })),
    supernodes: supernodes.map(({ id, publicUrl }) => ({ id, url: publicUrl })),
    trackers,
    magnet,
    warnings,
  };
}
