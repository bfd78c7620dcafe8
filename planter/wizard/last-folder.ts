// The folder in which something was chosen last, for the next time. Losing the file costs nothing.

import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, writeAtomically } from '../../shared/platform/files.ts';
import { parseObject } from '../../shared/platform/json.ts';

export class LastFolder {
  readonly #file: string;
  readonly #fallback: string;

  constructor(file: string, fallback: string) {
    this.#file = file;
    this.#fallback = fallback;
  }

  async read(): Promise<string> {
    const { folder } = parseObject(await readFile(this.#file, 'utf8').catch(() => '{}'));
    if (typeof folder !== 'string') return this.#fallback;
    const status = await stat(folder).catch(() => undefined);
    return status?.isDirectory() === true ? folder : this.#fallback;
  }

  /** What cannot be written is forgotten. */
  async write(folder: string): Promise<void> {
    try {
      makeFolder(dirname(this.#file));
      await writeAtomically(this.#file, `${JSON.stringify({ folder }, null, 2)}\n`);
    } catch {
      // The next time begins in the usual folder.
    }
  }
}
