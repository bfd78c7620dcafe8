// Paths to offer while one is typed, dropped or pasted.

import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLink } from '../../shared/network/torrent-argument.ts';

const MAX_SUGGESTIONS = 200;

/** What a terminal makes of a dropped file (quotes, backslashes, a file: URL) as the path that was meant. */
export function cleanPath(text: string): string {
  const trimmed = text.trim();
  const quoted = /(?:^|\/)(['"])(.*)\1$/s.exec(trimmed)?.[2];
  if (quoted !== undefined) return quoted;
  if (/^file:\/\//i.test(trimmed)) return fromUrl(trimmed);
  return trimmed.replace(/\\([ '"()&;\\[\]!$`])/g, '$1');
}

/** What may be planted and begins with `input`: what it names already first, then folders and files in alphabetical order. */
export function suggestPaths(input: string, folder: string): string[] {
  const path = cleanPath(input);
  if (isLink(path)) return [path];
  const whole = resolve(folder, expandHome(path));
  const isInside = path === '' || path.endsWith('/');
  const parent = isInside ? whole : dirname(whole);
  const start = isInside ? '' : basename(whole);
  const names = listNames(parent).filter((name) => name.startsWith(start) && isOffered(name, start));
  const found = names.slice(0, MAX_SUGGESTIONS).map((name) => withSlash(join(parent, name)));
  if (path === '' || kindOf(whole) === undefined) return found;
  return [whole, ...found.filter((candidate) => candidate.replace(/\/$/, '') !== whole)];
}

/** The path that was chosen, without what only helps to type on. */
export function chosenPath(value: string): string {
  return isLink(value) || !isAbsolute(value) ? value : resolve(value);
}

function fromUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch {
    return text;
  }
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** Hidden files only when asked for. */
function isOffered(name: string, start: string): boolean {
  return !name.startsWith('.') || start.startsWith('.');
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** A slash behind a folder, so that typing goes on within. */
function withSlash(path: string): string {
  return kindOf(path) === 'folder' ? `${path}/` : path;
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined; // also what lies in a folder that may not be searched, or in a circle of links
  }
}
