// Supernodes that a domain names: TXT records at `_anatomic.<domain>`, each a list of base URLs, with the id of the
// supernode and an @ before those that are to be that one and no other.

import { resolveTxt } from 'node:dns/promises';
import { PublicError } from '../errors.ts';
import { parseBaseUrl } from '../protocol/message-fields.ts';
import type { Id } from '../protocol/record.ts';

export interface NamedSupernode {
  readonly url: string;
  /** Nobody else is to answer there; undefined: whoever does. */
  readonly id: Id | undefined;
}

/** Of a name: the strings of each of its TXT records. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

const MAX_NAMED = 64;
const ENTRY = /^(?:([0-9a-f]{64})@)?(https?:\/\/\S+)$/;

/** What is no entry is left out; rejects when the domain cannot be asked or has no such records. */
export async function supernodesOf(domain: string, resolve: ResolveTxt = resolveTxt): Promise<NamedSupernode[]> {
  const records = await resolve(`_anatomic.${domain}`);
  // The strings of one record belong together (RFC 7208, section 3.3, has the same).
  const words = records.flatMap((strings) => strings.join('').split(/\s+/));
  return words.flatMap(readEntry).slice(0, MAX_NAMED);
}

function readEntry(word: string): NamedSupernode[] {
  const [, id, url] = ENTRY.exec(word) ?? [];
  if (url === undefined) return [];
  try {
    return [{ url: parseBaseUrl(url), id }];
  } catch (error) {
    if (error instanceof PublicError) return [];
    throw error;
  }
}
