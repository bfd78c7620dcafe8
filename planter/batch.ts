// Plants many torrents, a few at a time; what was done before an interruption need not be done again.

import { resolve } from 'node:path';
import { PublicError } from '../shared/errors.ts';
import { isLink } from '../shared/network/torrent-argument.ts';
import { isThere } from '../shared/platform/files.ts';
import { printable } from '../shared/platform/printable.ts';
import { adviceFor } from './advice.ts';
import { bounded } from './bounded.ts';
import { openToPlant, type PlantWish, plantSeedling } from './plant.ts';
import type { Planted } from './planted.ts';
import { ofKeysAtHand, type PlantedEntry } from './planted-list.ts';
import { readBack, tellSighting } from './read-back.ts';
import { failedLine, INTERRUPTED, type Outcome, plantedLine } from './report.ts';
import type { Seedling } from './seedling.ts';
import type { Tools } from './surroundings.ts';
import { createHashingVoice, createVoice, type Talk, type Voice } from './voice.ts';

export interface BatchOptions extends Talk {
  /** Torrents that are planted at the same time. */
  readonly jobs: number;
  /** Leave out what was planted within RESUME_MS. */
  readonly isResumed: boolean;
  /** Once aborted, no further torrent is begun. */
  readonly signal?: AbortSignal;
}

/** What was planted this long ago counts as done when a batch is resumed. */
const RESUME_MS = 24 * 3_600_000;

/** One outcome per source, in order. Never throws for what a source or the network does. */
export async function plantAll(
  sources: readonly string[],
  wish: PlantWish,
  tools: Tools,
  options: BatchOptions,
): Promise<Outcome[]> {
  const { jobs, isResumed, talk, signal } = options;
  const done = isResumed ? await recentlyPlanted(wish, tools) : new Map<string, PlantedEntry>();
  const isAlone = sources.length === 1;
  const hush = (): void => undefined;
  const voices = isAlone
    ? [createVoice(talk, createHashingVoice(options, '  '))]
    : sources.map(() => createVoice(hush));
  let finished = 0;
  const outcomes = await bounded(
    sources,
    jobs,
    async (path, index): Promise<Outcome> => {
      const before = done.get(sourceKey(path));
      if (before !== undefined && (before.file === undefined || (await isThere(before.file)))) {
        finished++;
        return { path, skipped: before };
      }
      if (isAlone) talk(`${printable(path)}\n`);
      const outcome = await plantSource(path, wish, tools, voices[index]!);
      finished++;
      if (!isAlone) talk(`[${finished}/${sources.length}] ${progressText(outcome)}`);
      else if ('error' in outcome) talk(`  ${adviceFor(outcome.code)}\n`);
      return outcome;
    },
    signal,
  );
  const all = outcomes.map((outcome, index) => outcome ?? leftOut(sources[index]!));
  if (signal?.aborted === true) return all;
  if (!isAlone) return checkPlanted(all, tools, (_, index) => warner(sources[index]!, voices[index]!, talk));
  return checkPlanted(all, tools, () => voices[0]!);
}

/** Reads back what was planted, all of it at once: the outcomes with what was seen. Never fails for it. */
export async function checkPlanted(
  outcomes: readonly Outcome[],
  { pause }: Pick<Tools, 'pause'>,
  voiceOf: (outcome: Outcome, index: number) => Voice,
): Promise<Outcome[]> {
  const planted = outcomes.flatMap((outcome) => ('planted' in outcome ? outcome.planted : []));
  for (const [index, outcome] of outcomes.entries()) if ('planted' in outcome) voiceOf(outcome, index).phase('check');
  const sightings = await readBack(planted, pause);
  return outcomes.map((outcome, index) => {
    const sighting = 'planted' in outcome ? sightings.get(outcome.planted) : undefined;
    if (sighting === undefined || !('planted' in outcome)) return outcome;
    tellSighting(outcome.planted, sighting, voiceOf(outcome, index));
    return { ...outcome, sighting };
  });
}

/** Of many torrents only those are told of again that there is a warning for. */
function warner(path: string, voice: Voice, talk: (text: string) => void): Voice {
  return {
    ...voice,
    warn: (text) => {
      voice.warn(text);
      talk(`${printable(path)}: warning: ${printable(text)}\n`);
    },
  };
}

/** Plants one source and writes it down. `opened` keeps what was read and hashed for another attempt. */
export async function plantSource(
  path: string,
  wish: PlantWish,
  tools: Tools,
  voice: Voice,
  opened: { seedling?: Seedling } = {},
): Promise<Outcome> {
  try {
    opened.seedling ??= await openToPlant(path, wish, { ...tools, voice });
    const planted = await plantSeedling(opened.seedling, wish, { ...tools, voice });
    await tools.planted.add(entryOf(sourceKey(path), planted, tools.clock.now()), (text) => voice.warn(text));
    return { path, planted };
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    voice.step(`failed: ${error.message}`);
    return { path, error: error.message, code: error.code };
  }
}

/** What the list of planted torrents says of one. */
export function entryOf(source: string, planted: Planted, now: number): PlantedEntry {
  const { seedling, file, planter, copies, supernodes } = planted;
  const { hashes, infoHashV2, name } = seedling;
  return {
    planter,
    hashes,
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    ...(name === undefined ? {} : { name }),
    copies,
    source,
    ...(file === undefined ? {} : { file: file.output }),
    supernodes: supernodes.map(({ url }) => url),
    at: now,
  };
}

async function recentlyPlanted(
  { copies }: PlantWish,
  { planted, clock, signerFor }: Tools,
): Promise<Map<string, PlantedEntry>> {
  const since = clock.now() - RESUME_MS;
  const recent = (await planted.read()).filter((entry) => entry.at > since && entry.copies >= copies);
  const own = await ofKeysAtHand(recent, signerFor);
  return new Map(own.map((entry) => [entry.source, entry]));
}

function sourceKey(path: string): string {
  return isLink(path) ? path : resolve(path);
}

function leftOut(path: string): Outcome {
  return { path, error: 'interrupted before its turn: --resume goes on', code: INTERRUPTED };
}

function progressText(outcome: Outcome): string {
  const { path } = outcome;
  if ('error' in outcome) return failedLine(path, outcome.error);
  if ('skipped' in outcome) return `${printable(path)}: planted before\n`;
  return plantedLine(path, outcome.planted);
}
