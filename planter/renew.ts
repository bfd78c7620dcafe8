// Plants anew what was planted before, so that nodes go on carrying it: a plant lapses after 90 days.

import { PublicError } from '../shared/errors.ts';
import { readTorrentFile, trackersOf } from '../shared/network/torrent-argument.ts';
import { entryOf } from './batch.ts';
import { bounded } from './bounded.ts';
import { JOBS } from './config.ts';
import { plantSeedling } from './plant.ts';
import type { Planted } from './planted.ts';
import type { PlantedEntry } from './planted-list.ts';
import { failedLine, plantedLine } from './report.ts';
import type { Tools } from './surroundings.ts';
import { createVoice } from './voice.ts';

export interface Renewal {
  readonly entry: PlantedEntry;
  /** undefined when it failed. */
  readonly planted?: Planted;
  readonly error?: string;
  /** The .torrent, when it names other carriers than those of now. */
  readonly agedFile?: string;
}

/** A third of a plant's life: two renewals may fail. */
export const RENEW_AFTER_MS = 30 * 86_400_000;

/** `now` is unix ms. What was planted in the future was planted by a clock that was wrong: nobody knows when. */
export function isDue({ at }: PlantedEntry, now: number): boolean {
  return at <= now - RENEW_AFTER_MS || at > now;
}

/** One renewal per entry, in order. Never throws for what the network does. */
export function renewAll(
  entries: readonly PlantedEntry[],
  tools: Tools,
  talk: (text: string) => void,
): Promise<Renewal[]> {
  return bounded(entries, JOBS, async (entry): Promise<Renewal> => {
    const name = entry.name ?? entry.hashes[0]!;
    try {
      const renewal = await renew(entry, tools);
      talk(plantedLine(name, renewal.planted));
      return renewal;
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      talk(failedLine(name, error.message));
      return { entry, error: error.message };
    }
  });
}

async function renew(entry: PlantedEntry, tools: Tools): Promise<Renewal & { readonly planted: Planted }> {
  const { hashes, infoHashV2, name, copies, source } = entry;
  const seedling = {
    hashes,
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    ...(name === undefined ? {} : { name }),
    isPrivate: false,
    hints: entry.supernodes,
  };
  const wish = { copies, isPortable: false, allowsPrivate: true };
  const voice = createVoice(() => undefined);
  const planted = await plantSeedling(seedling, wish, { ...tools, voice });
  const { file } = entry;
  const known = entryOf(source, planted, tools.clock.now());
  await tools.planted.add(file === undefined ? known : { ...known, file }, voice.warn);
  const isAged = file !== undefined && (await lacksCarriers(file, planted));
  return { entry, planted, ...(isAged ? { agedFile: file } : {}) };
}

/** Files with supernodes only never age. */
async function lacksCarriers(file: string, { carriers }: Planted): Promise<boolean> {
  try {
    const { metainfo } = await readTorrentFile(file);
    const written = trackersOf(metainfo).flat();
    const supernodes = metainfo.anatomic?.supernodes.map((url) => `${url}/announce`) ?? [];
    const isPortable = written.every((url) => supernodes.includes(url));
    return !isPortable && carriers.some(({ url }) => !written.includes(`${url}/announce`));
  } catch (error) {
    if (error instanceof PublicError) return false;
    throw error;
  }
}
