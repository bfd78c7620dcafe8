// What was planted from this machine, so that it can be renewed and a batch can go on. A small file for each torrent of each
// key, replaced in one step: so programs at the same time, killed ones too, lose nothing of each other's. Losing the folder
// loses neither torrents nor keys.

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasCode, makeFolder, writeAtomically } from '../shared/platform/files.ts';
import { parseObject } from '../shared/platform/json.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { InfoHash, InfoHashV2 } from '../shared/protocol/torrent/info-hash.ts';
import type { PlantTools } from './plant.ts';

export interface PlantedEntry {
  readonly planter: Id;
  readonly hashes: readonly InfoHash[];
  readonly infoHashV2?: InfoHashV2;
  readonly name?: string;
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

/** What cannot be written is planted or uprooted all the same: it is told this. */
type Warn = (text: string) => void;

const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;
const ENTRY_FILE = /^[0-9a-f]{40}-[0-9a-f]{64}\.json$/;

export class PlantedList {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes the place of what was known of the same torrent and key. */
  async add(entry: PlantedEntry, warn: Warn): Promise<void> {
    const file = this.#fileOf(entry.planter, entry.hashes[0]!);
    await this.#change(async () => {
      makeFolder(this.#folder, OWNER_ONLY_DIRECTORY);
      await writeAtomically(file, `${JSON.stringify(entry, null, 2)}\n`, OWNER_ONLY);
    }, warn);
  }

  /** Forgets a torrent of a key by all of its hashes. */
  async remove(planter: Id, hashes: readonly InfoHash[], warn: Warn): Promise<void> {
    await this.#change(async () => {
      for (const infoHash of hashes) await rm(this.#fileOf(planter, infoHash), { force: true });
    }, warn);
  }

  /** All of it, the oldest first. Files that hold something else are left out. Throws PublicError when the folder cannot be read. */
  async read(): Promise<PlantedEntry[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw fileError(this.#folder, error);
    });
    const entries: PlantedEntry[] = [];
    for (const name of names.filter((candidate) => ENTRY_FILE.test(candidate))) {
      // Another program may have removed it meanwhile.
      const entry = readEntry(await readFile(join(this.#folder, name), 'utf8').catch(() => ''));
      if (entry !== undefined) entries.push(entry);
    }
    return entries.sort((a, b) => a.at - b.at);
  }

  async #change(work: () => Promise<void>, warn: Warn): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { message } = fileError(this.#folder, error) as Error;
      warn(`the list of what was planted from here could not be changed: ${message}`);
    }
  }

  #fileOf(planter: Id, infoHash: InfoHash): string {
    return join(this.#folder, `${infoHash}-${planter}.json`);
  }
}

/** Nobody can renew what another key planted, nor go on with it. */
export async function ofKeysAtHand(
  entries: readonly PlantedEntry[],
  signerFor: PlantTools['signerFor'],
): Promise<PlantedEntry[]> {
  const own: PlantedEntry[] = [];
  for (const entry of entries) {
    const { id } = await signerFor(entry.hashes, false);
    if (id === entry.planter) own.push(entry);
  }
  return own;
}

function readEntry(text: string): PlantedEntry | undefined {
  const entry = parseObject(text);
  const { planter, hashes, copies, source, at, supernodes } = entry;
  const isWhole =
    typeof planter === 'string' &&
    Array.isArray(hashes) &&
    hashes.length > 0 &&
    hashes.every((hash) => /^[0-9a-f]{40}$/.test(String(hash))) &&
    typeof copies === 'number' &&
    typeof source === 'string' &&
    typeof at === 'number' &&
    Array.isArray(supernodes) &&
    supernodes.every((url) => typeof url === 'string');
  return isWhole ? (entry as unknown as PlantedEntry) : undefined;
}
