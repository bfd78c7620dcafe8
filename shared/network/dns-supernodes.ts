// Supernodes that a domain names: TXT records at `_anatomic.<domain>`, each a list of supernodes with spaces between.

import { resolveTxt } from 'node:dns/promises';
import { PublicError } from '../errors.ts';
import { type NamedSupernode, namedSupernodesIn } from './named-supernode.ts';

/** Of a name: the strings of each of its TXT records. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

const MAX_NAMED = 64;

/** What is no supernode is left out; throws PublicError 'dns' when the domain cannot be asked or has no such records. */
export async function supernodesOf(domain: string, resolve: ResolveTxt = resolveTxt): Promise<NamedSupernode[]> {
  const name = `_anatomic.${domain}`;
  const records = await resolve(name).catch((cause: Error) => {
    throw new PublicError('dns', `no TXT records at ${name}: ${cause.message}`, { cause });
  });
  // The strings of one record belong together (RFC 7208, section 3.3, has the same).
  const words = records.flatMap((strings) => strings.join('').split(/\s+/));
  return namedSupernodesIn(words).slice(0, MAX_NAMED);
}
