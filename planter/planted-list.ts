// What was planted from this machine, so that it can be renewed and a batch can go on. One line of JSON per planting, the
// last one of a torrent counts. Losing the file loses neither torrents nor keys.

import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../shared/platform/files.ts';
import { parseObject } from '../shared/platform/json.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { InfoHash, InfoHashV2 } from '../shared/protocol/torrent/info-hash.ts';

export interface PlantedEntry {
  readonly planter: Id;
  readonly hashes: readonly InfoHash[];
  readonly infoHashV2?: InfoHashV2;
  readonly name?: string;
  /** 0: uprooted. */
  readonly copies: number;
  /** What was planted: an absolute path, a magnet link or a hash. */
  readonly source: string;
  /** Absolute path of the .torrent; links have none. */
  readonly file?: string;
  /** Base URLs of the supernodes that took note. */
  readonly supernodes: readonly string[];
  /** Unix ms. */
  readonly at: number;
}

const MAX_STALE_LINES = 1000;
const OWNER_ONLY = 0o600;

export class PlantedList {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Appended in one write, so that programs at the same time do not harm each other. What cannot be written is planted all the
   * same: `warn` is told.
   */
  async add(entry: PlantedEntry, warn: (text: string) => void): Promise<void> {
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await appendFile(this.#file, `${JSON.stringify(entry)}\n`, { mode: OWNER_ONLY });
    } catch (error) {
      warn(`not noted in the list of what was planted from here: ${(error as Error).message}`);
    }
  }

  /** The torrents that are planted, the oldest first. Lines that cannot be read are left out. */
  async read(): Promise<PlantedEntry[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    const latest = new Map<string, PlantedEntry>();
    for (const line of lines) {
      const entry = readEntry(line);
      if (entry === undefined) continue;
      const key = `${entry.planter} ${entry.hashes[0]}`;
      latest.delete(key);
      latest.set(key, entry);
    }
    const planted = [...latest.values()].filter(({ copies }) => copies > 0);
    if (lines.length - planted.length > MAX_STALE_LINES) await this.#rewrite(planted);
    return planted;
  }

  async #rewrite(entries: readonly PlantedEntry[]): Promise<void> {
    await writeAtomically(this.#file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), OWNER_ONLY);
  }
}

function readEntry(line: string): PlantedEntry | undefined {
  const entry = parseObject(line);
  const { planter, hashes, copies, source, at, supernodes } = entry;
  const isWhole =
    typeof planter === 'string' &&
    Array.isArray(hashes) &&
    hashes.length > 0 &&
    hashes.every((hash) => /^[0-9a-f]{40}$/.test(String(hash))) &&
    typeof copies === 'number' &&
    typeof source === 'string' &&
    typeof at === 'number' &&
    Array.isArray(supernodes);
  return isWhole ? (entry as unknown as PlantedEntry) : undefined;
}
