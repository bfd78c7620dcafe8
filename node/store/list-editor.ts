// Changes list files by the hand of an operator who is not at the machine: the files stay the one truth, and outlive a restart.

import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PublicError } from '../../shared/errors.ts';
import { fileError } from '../../shared/platform/files.ts';
import { formatAddress } from '../../shared/protocol/addresses/endpoint.ts';
import { parseNetwork } from '../../shared/protocol/addresses/networks.ts';
import { parseInfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { AccessFileNames, ListReport } from './access-files.ts';

export interface ListChange {
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

type ListName = keyof AccessFileNames;
/** One spelling for all ways to write an entry; throws PublicError for what is none. */
type Spell = (entry: string) => string;

const SPELLING: Readonly<Record<ListName, Spell>> = {
  allowTorrents: parseInfoHash,
  denyTorrents: parseInfoHash,
  banNetworks: spellNetwork,
};
const FLAGS: Readonly<Record<ListName, string>> = {
  allowTorrents: '--allow-torrents',
  denyTorrents: '--deny-torrents',
  banNetworks: '--ban-networks',
};
/** A thousand lines or two, a millisecond of work. */
const PIECE_BYTES = 32 * 1024;
const CONFLICT = 409;

export class ListEditor {
  readonly #names: AccessFileNames;
  readonly #reload: () => Promise<readonly ListReport[]>;
  #current: Promise<unknown> = Promise.resolve();

  /** `reload` puts in force what the files say. */
  constructor(names: AccessFileNames, reload: () => Promise<readonly ListReport[]>) {
    this.#names = names;
    this.#reload = reload;
  }

  /**
   * Takes entries out of a list, adds others at its end, and puts it in force, one change after the other. Throws
   * PublicError for what is no entry, a list without a file, and a file that cannot be written.
   */
  change(list: ListName, { added = [], removed = [] }: ListChange): Promise<readonly ListReport[]> {
    const file = this.#names[list];
    if (file === undefined) {
      throw new PublicError('no-list', `this node has no such list; see ${FLAGS[list]}`, { status: CONFLICT });
    }
    const spell = SPELLING[list];
    const change = { added: added.map(spell), removed: removed.map(spell) };
    const changed = this.#current.then(async () => {
      await editList(file, change, spell);
      return this.#reload();
    });
    this.#current = changed.catch(() => undefined);
    return changed;
  }
}

/** Comments and all other lines stay. Whoever reads meanwhile sees the old file or the new one. */
async function editList(file: string, { added, removed }: Required<ListChange>, spell: Spell): Promise<void> {
  const gone = new Set([...added, ...removed]);
  let temporary: string | undefined;
  try {
    // The file itself is replaced, not a link to it.
    const target = await realpath(file);
    const { mode } = await stat(target);
    temporary = `${target}.${randomUUID()}`;
    const pieces = edited(target, (line) => !gone.has(entryOf(line, spell)), added);
    await pipeline(pieces, createWriteStream(temporary, { flags: 'wx', mode, flush: true }));
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw fileError(file, error);
  }
}

async function* edited(
  file: string,
  isKept: (line: string) => boolean,
  added: readonly string[],
): AsyncGenerator<Buffer> {
  let rest = '';
  const keep = (lines: readonly string[]): Buffer =>
    Buffer.from(
      lines
        .filter(isKept)
        .map((line) => `${line}\n`)
        .join(''),
      'latin1',
    );
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES, encoding: 'latin1' })) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield keep(lines);
  }
  if (rest !== '') yield keep([rest]);
  yield Buffer.from([...new Set(added)].map((entry) => `${entry}\n`).join(''));
}

/** Empty for a line without one. */
function entryOf(line: string, spell: Spell): string {
  const text = line.replace(/#.*/, '').trim();
  try {
    return text === '' ? '' : spell(text);
  } catch (error) {
    if (error instanceof PublicError) return '';
    throw error;
  }
}

function spellNetwork(text: string): string {
  const { family, bytes, bits } = parseNetwork(text);
  const address = formatAddress(bytes, family);
  return bits === (family === 4 ? 32 : 128) ? address : `${address}/${bits}`;
}
