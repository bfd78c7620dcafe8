// The planter's keys: one for everything, and one of its own for each torrent that was planted with a fresh one.

import { join } from 'node:path';
import { PublicError } from '../shared/errors.ts';
import { isThere } from '../shared/platform/files.ts';
import { loadOrCreateSigner } from '../shared/platform/keys.ts';
import type { Signer } from '../shared/protocol/records/record.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';

const KEY_FILE = 'planter.pem';
const FRESH_KEYS = 'torrent-keys';

export class KeyRing {
  /** The key for everything. */
  readonly file: string;
  readonly #freshFolder: string;
  #own: Promise<Signer> | undefined;

  /** `file` takes the place of the usual one in `directory`. */
  constructor(directory: string, file: string | undefined) {
    this.file = file ?? join(directory, KEY_FILE);
    this.#freshFolder = join(directory, FRESH_KEYS);
  }

  /** Made at first use, read once: a batch has one key whatever happens to the file. Throws PublicError 'key' for a file that holds none. */
  own(): Promise<Signer> {
    this.#own ??= load(this.file);
    return this.#own;
  }

  /** The key that the torrent was planted with alone, if any; with `isFresh` one is made. Else the key for everything. */
  async signerFor(hashes: readonly InfoHash[], isFresh: boolean): Promise<Signer> {
    const file = join(this.#freshFolder, `${hashes[0]}.pem`);
    return isFresh || (await isThere(file)) ? load(file) : this.own();
  }
}

async function load(file: string): Promise<Signer> {
  try {
    return await loadOrCreateSigner(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new PublicError('key', error.message, { cause: error });
  }
}
