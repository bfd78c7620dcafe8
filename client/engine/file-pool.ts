// Open files, a bounded number at a time: a torrent may have more of them than a process may open.

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, hasCode, makeFolder } from '../../shared/platform/files.ts';

const MAX_OPEN = 64;
/** Read from or written to; all others of those that are open may be closed. */
const MAX_USED = 32;

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
}

export class FilePool {
  readonly #flags: 'r' | 'r+';
  /** The one used longest ago first. */
  readonly #open = new Map<string, OpenFile>();
  #used = 0;
  /** Those whose turn has not come. */
  readonly #waiting: (() => void)[] = [];
  #closing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Files that are only read are never made. */
  constructor(isReadOnly: boolean) {
    this.#flags = isReadOnly ? 'r' : 'r+';
  }

  /** Fills the buffer; rejects when the file is shorter, or not there. */
  read(file: string, into: Uint8Array, position: number): Promise<void> {
    return this.#use(file, false, async (handle) => {
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) throw new Error(`${file} is too short`);
        done += bytesRead;
      }
    });
  }

  write(file: string, bytes: Uint8Array, position: number): Promise<void> {
    const write = async (handle: FileHandle): Promise<void> => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    };
    return this.#use(file, true, write).catch(failure(file));
  }

  /** Makes the file if it is not there. */
  touch(file: string): Promise<void> {
    return this.#use(file, true, async () => undefined).catch(failure(file));
  }

  /** What waits for its turn fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const file of [...this.#open.keys()]) this.#closeFile(file);
    await this.#closing;
  }

  async #use(file: string, isMade: boolean, work: (handle: FileHandle) => Promise<void>): Promise<void> {
    if (this.#used < MAX_USED) this.#used++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      if (this.#isClosed) throw new Error('the files are closed');
      await this.#useNow(file, isMade, work);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#used--;
      else next();
    }
  }

  async #useNow(file: string, isMade: boolean, work: (handle: FileHandle) => Promise<void>): Promise<void> {
    const entry = this.#open.get(file) ?? this.#enter(file, isMade);
    entry.users++;
    this.#open.delete(file);
    this.#open.set(file, entry);
    this.#closeOldest();
    try {
      await work(await entry.handle);
    } finally {
      entry.users--;
    }
  }

  #enter(file: string, isMade: boolean): OpenFile {
    const entry = { handle: this.#openFile(file, isMade), users: 0 };
    // It may be there the next time.
    entry.handle.catch(() => this.#open.get(file) === entry && this.#open.delete(file));
    return entry;
  }

  async #openFile(file: string, isMade: boolean): Promise<FileHandle> {
    try {
      return await open(file, this.#flags);
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || !isMade || this.#flags === 'r') throw error;
      makeFolder(dirname(file));
      // Not truncated: somebody else may have made it meanwhile.
      return open(file, 'a').then(async (made) => {
        await made.close();
        return open(file, this.#flags);
      });
    }
  }

  #closeOldest(): void {
    for (const [file, { users }] of this.#open) {
      if (this.#open.size <= MAX_OPEN) return;
      if (users === 0) this.#closeFile(file);
    }
  }

  /** A read or write in progress ends first: closing a handle waits for it. */
  #closeFile(file: string): void {
    const closed = this.#open
      .get(file)!
      .handle.then((handle) => handle.close())
      .catch(() => undefined);
    this.#open.delete(file);
    this.#closing = Promise.all([this.#closing, closed]);
  }
}

/** In words for the user; reading fails as the system says, since what is missing on the disk is nothing to be told. */
function failure(file: string): (error: unknown) => never {
  return (error) => {
    throw fileError(file, error);
  };
}
