// What was planted, for people or for programs.

import type { Supernode } from '../shared/network/supernodes.ts';
import { printable } from '../shared/platform/printable.ts';
import type { Planted } from './planted.ts';
import type { PlantedEntry } from './planted-list.ts';
import type { Sighting } from './read-back.ts';

/** What came of one path: planted, planted before, or an error in words. */
export type Outcome =
  | { readonly path: string; readonly planted: Planted; readonly sighting?: Sighting | undefined }
  | { readonly path: string; readonly skipped: PlantedEntry }
  | { readonly path: string; readonly error: string; readonly code: string };

/** Code of what was not begun. */
export const INTERRUPTED = 'interrupted';

const MAX_NAMED = 20;

/** For standard output: file, hashes, trackers and magnet link of each torrent that was planted. */
export function plantedText(outcomes: readonly Outcome[]): string {
  return outcomes.flatMap((outcome) => ('planted' in outcome ? [describe(outcome)] : [])).join('\n');
}

/** For standard output with --json: one document about all paths. */
export function plantedJson(outcomes: readonly Outcome[]): string {
  return `${JSON.stringify({ torrents: outcomes.map(toJson) }, null, 2)}\n`;
}

/** For standard error, as each of several is done. */
export function plantedLine(name: string, { carriers, warnings }: Planted): string {
  return doneLine(name, carriers.map(({ url }) => url).join(', '), warnings);
}

/** The same for anything that was done. */
export function doneLine(name: string, what: string, warnings: readonly string[]): string {
  const lines = warnings.map((warning) => `  warning: ${printable(warning)}\n`);
  return `${printable(name)}: ${what}\n${lines.join('')}`;
}

/** The same for one that failed. */
export function failedLine(name: string, error: string): string {
  return `${printable(name)}\n  failed: ${printable(error)}\n`;
}

/** For standard error, after several paths. */
export function summaryText(outcomes: readonly Outcome[]): string {
  const errors = outcomes.filter((outcome) => 'error' in outcome);
  const failed = errors.filter(({ code }) => code !== INTERRUPTED).map(({ path }) => printable(path));
  const left = errors.length - failed.length;
  const skipped = outcomes.filter((outcome) => 'skipped' in outcome).length;
  const more = failed.length > MAX_NAMED ? ` and ${failed.length - MAX_NAMED} more` : '';
  const parts = [
    `${outcomes.length - errors.length - skipped} of ${outcomes.length} planted`,
    ...(skipped === 0 ? [] : [`, ${skipped} planted before`]),
    ...(left === 0 ? [] : [`; ${left} not begun: --resume goes on`]),
    ...(failed.length === 0 ? [] : [`; failed: ${failed.slice(0, MAX_NAMED).join(', ')}${more}`]),
  ];
  return `${parts.join('')}\n`;
}

function describe({ path, planted }: { readonly path: string; readonly planted: Planted }): string {
  const { seedling, file, carriers, supernodes, magnet } = planted;
  const rows = [
    ...(seedling.infoHash === undefined ? [] : [['info hash', seedling.infoHash]]),
    ...(seedling.infoHashV2 === undefined ? [] : [['info hash v2', seedling.infoHashV2]]),
    ...carriers.map(({ url }) => ['carrier', `${url}/announce`]),
    ...supernodes.map(({ publicUrl }) => ['supernode', `${publicUrl}/announce`]),
    ['magnet', magnet],
  ];
  return `${printable(file?.output ?? path)}\n${rows.map(([name, value]) => `  ${name!.padEnd(12)} ${value}\n`).join('')}`;
}

function toJson(outcome: Outcome): object {
  const { path } = outcome;
  if ('error' in outcome) return { path, status: 'failed', code: outcome.code, error: outcome.error };
  if ('skipped' in outcome) return { path, status: 'skipped', file: outcome.skipped.file };
  const { seedling, file, isRefreshed, carriers, supernodes, trackers, magnet, warnings } = outcome.planted;
  const { seenAt = [], missingAt = [] } = outcome.sighting ?? {};
  return {
    path,
    status: isRefreshed ? 'refreshed' : 'planted',
    file: file?.output,
    name: seedling.name,
    infoHash: seedling.infoHash,
    infoHashV2: seedling.infoHashV2,
    carriers,
    supernodes: supernodes.map(namesOf),
    seenAt: seenAt.map(namesOf),
    missingAt: missingAt.map(namesOf),
    trackers,
    magnet,
    warnings,
  };
}

function namesOf({ id, publicUrl }: Supernode): object {
  return { id, url: publicUrl };
}
