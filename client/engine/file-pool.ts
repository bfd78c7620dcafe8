// Open files, a bounded number at a time: a torrent may have more of them than a process may open.

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, hasCode, makeFolder } from '../../shared/platform/files.ts';

const MAX_OPEN = 64;

export class FilePool {
  readonly #flags: 'r' | 'r+';
  /** The one used longest ago first. */
  readonly #open = new Map<string, Promise<FileHandle>>();
  #closing: Promise<unknown> = Promise.resolve();

  /** Files that are only read are never made. */
  constructor(isReadOnly: boolean) {
    this.#flags = isReadOnly ? 'r' : 'r+';
  }

  /** Fills the buffer; rejects when the file is shorter, or not there. */
  async read(file: string, into: Uint8Array, position: number): Promise<void> {
    const handle = await this.#take(file, false);
    for (let done = 0; done < into.length; ) {
      const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) throw new Error(`${file} is too short`);
      done += bytesRead;
    }
  }

  async write(file: string, bytes: Uint8Array, position: number): Promise<void> {
    const handle = await this.#take(file, true).catch(failure(file));
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle
        .write(bytes, done, bytes.length - done, position + done)
        .catch(failure(file));
      done += bytesWritten;
    }
  }

  /** Makes the file if it is not there. */
  async touch(file: string): Promise<void> {
    await this.#take(file, true).catch(failure(file));
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    await Promise.all(handles.map((handle) => (handle.status === 'fulfilled' ? handle.value.close() : undefined)));
    await this.#closing;
  }

  #take(file: string, isMade: boolean): Promise<FileHandle> {
    const known = this.#open.get(file);
    this.#open.delete(file);
    const handle = known ?? this.#openFile(file, isMade);
    this.#open.set(file, handle);
    if (known === undefined) {
      handle.catch(() => this.#open.get(file) === handle && this.#open.delete(file));
      this.#closeOldest();
    }
    return handle;
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

  /** A read or write in progress ends first: closing a handle waits for it. */
  #closeOldest(): void {
    if (this.#open.size <= MAX_OPEN) return;
    const [[file, handle]] = this.#open as unknown as [[string, Promise<FileHandle>]];
    this.#open.delete(file);
    const closed = handle.then((opened) => opened.close()).catch(() => undefined);
    this.#closing = Promise.all([this.#closing, closed]);
  }
}

/** In words for the user; reading fails as the system says, since what is missing on the disk is nothing to be told. */
function failure(file: string): (error: unknown) => never {
  return (error) => {
    throw fileError(file, error);
  };
}
