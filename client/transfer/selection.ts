// Which files of a torrent are downloaded.

import { PublicError } from '../../shared/errors.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';

/**
 * A pattern is the number that a file has in a listing (1 is the first), or a path below the torrent's own folder in which `*`
 * stands for anything; a folder stands for all in it. Without patterns everything is chosen. Throws PublicError 'selection' for
 * a pattern that matches nothing.
 */
export function selectFiles(files: readonly StoredFile[], patterns: readonly string[]): ReadonlySet<StoredFile> {
  if (patterns.length === 0) return new Set(files);
  const chosen = patterns.map((pattern) => {
    const matching = /^\d+$/.test(pattern) ? files.slice(Number(pattern) - 1, Number(pattern)) : byPath(files, pattern);
    if (matching.length === 0) throw new PublicError('selection', `no file of the torrent is meant by '${pattern}'`);
    return matching;
  });
  return new Set(chosen.flat());
}

/** 'folder/file', without the torrent's name; of a single file its name. */
export function shownPath({ path }: StoredFile): string {
  return (path.length === 1 ? path : path.slice(1)).join('/');
}

function byPath(files: readonly StoredFile[], pattern: string): StoredFile[] {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^${escaped}(?:/.*)?$`, 'is');
  return files.filter((file) => expression.test(shownPath(file)));
}
