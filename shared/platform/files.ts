// Files that are whole or not there, and the words for what goes wrong with them.

import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { access, link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PublicError } from '../errors.ts';

/** Less the user's umask. */
const DEFAULT_MODE = 0o666;
const DEFAULT_FOLDER_MODE = 0o777;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['EISDIR', 'it is a folder'],
  ['ENOSPC', 'no space left'],
  ['EEXIST', 'it is there already'],
  ['ELOOP', 'its links lead in a circle'],
]);

const FOLDERS_FAULTS: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EROFS']);

/** Whether there is a file or folder that may be looked at. */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether a system call failed for this reason, such as 'ENOENT'. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * Makes a folder, and those above it, unless it is there. Not by the recursive `mkdir` of Node.js, which never returns below
 * /proc: there a folder cannot be made, and the system says that the one above it is missing.
 */
export function makeFolder(path: string, mode = DEFAULT_FOLDER_MODE): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, mode);
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // Another process was faster.
    if (!hasCode(error, 'EEXIST') || !isFolder(path)) throw error;
  }
}

/**
 * Writes a file in one step: others see the old bytes or the new ones, and after a crash one of both is there. A `mode` is
 * given exactly; left out, it is what the user's umask leaves.
 */
export function writeAtomically(file: string, bytes: string | Uint8Array, mode?: number): Promise<void> {
  return putInPlace(file, bytes, mode, rename);
}

/** The same for a file that must not be there yet: throws EEXIST when it is; of several who write it at once one wins. */
export function createAtomically(file: string, bytes: string | Uint8Array, mode: number): Promise<void> {
  return putInPlace(file, bytes, mode, link);
}

/** It is on the disk, with its name, when this settles. */
async function putInPlace(
  file: string,
  bytes: string | Uint8Array,
  mode: number | undefined,
  place: (temporary: string, file: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(file);
  // Not made of the file's own name, which may be as long as a name can be.
  const temporary = join(folder, `.anatomic-${randomUUID()}`);
  try {
    await writeDurably(temporary, bytes, mode);
    await place(temporary, file);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  await syncFolder(folder);
}

async function writeDurably(file: string, bytes: string | Uint8Array, mode: number | undefined): Promise<void> {
  await using handle = await open(file, 'wx', mode ?? DEFAULT_MODE);
  // The umask was taken off; file systems without modes refuse to set any.
  if (mode !== undefined) await handle.chmod(mode).catch(() => undefined);
  await handle.writeFile(bytes);
  await handle.sync();
}

/** As far as the system can: some cannot open folders, or not sync them. What the file holds is safe either way. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {}
}

/** In words why a system call failed. */
export function fileReason(error: Error): string {
  return ('code' in error ? REASONS.get(String(error.code)) : undefined) ?? error.message;
}

/** What to tell the user about a failed system call on `path`; errors of any other kind pass through. */
export function fileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  return new PublicError('file', `${path}: ${fileReason(error)}`, { cause: error });
}

/** The same for one that was to be read or written in its folder: of that is said what stands in the way there. */
export function placeError(file: string, error: unknown): unknown {
  const isFolders = error instanceof Error && 'code' in error && FOLDERS_FAULTS.has(String(error.code));
  return fileError(isFolders ? dirname(file) : file, error);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
