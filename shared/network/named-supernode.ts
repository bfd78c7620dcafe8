// A supernode as somebody names it: a base URL, with the id of who is to answer there and an @ before it, or without.

import { PublicError, UsageError } from '../errors.ts';
import { parseBaseUrl } from '../protocol/records/message-fields.ts';
import type { Id } from '../protocol/records/record.ts';

export interface NamedSupernode {
  /** Base URL. */
  readonly url: string;
  /** Nobody else is to answer there; undefined: whoever does. */
  readonly id: Id | undefined;
}

const KEYED = /^(?:([0-9a-f]{64})@)?(.*)$/is;

/** Reads `http://192.0.2.1:6970`, or the same after 64 hex digits and @; throws PublicError 'url'. */
export function parseNamedSupernode(text: string): NamedSupernode {
  const [, id, url = ''] = KEYED.exec(text) ?? [];
  return { url: parseBaseUrl(url), id: id?.toLowerCase() };
}

/** The other way round. */
export function formatNamedSupernode({ url, id }: NamedSupernode): string {
  return id === undefined ? url : `${id}@${url}`;
}

/** Those of a list that can be read; what is no supernode is left out. */
export function namedSupernodesIn(values: readonly unknown[]): NamedSupernode[] {
  return values.flatMap((value) => {
    try {
      return typeof value === 'string' ? [parseNamedSupernode(value)] : [];
    } catch (error) {
      if (error instanceof PublicError) return [];
      throw error;
    }
  });
}

/** What a user or operator gave as --supernode; throws UsageError for one that is none, and for more than `max`. */
export function readSupernodes(texts: readonly string[], max = Number.POSITIVE_INFINITY): NamedSupernode[] {
  if (texts.length > max) throw new UsageError(`--supernode is given ${texts.length} times, at most ${max} are used`);
  return texts.map((text) => {
    try {
      return parseNamedSupernode(text);
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      const hint = text.includes('@') ? ', and before an @ the 64 hex digits of a key' : '';
      throw new UsageError(`--supernode ${text}: ${error.message}${hint}`);
    }
  });
}
