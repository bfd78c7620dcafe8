// A ping of a member that may answer at any of its URLs.

import type { RequestOptions } from '../../shared/http/caller.ts';
import type { Pong } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { MemberEntry } from '../directory/entry.ts';

/** The part of a client that asks who answers at a URL; rejects unless it is the one expected. */
export interface Pinger {
  ping(baseUrl: string, expectedId?: Id, options?: RequestOptions): Promise<{ readonly pong: Pong }>;
}

/** By the type of the member. */
export interface Pingers {
  readonly node: Pinger;
  readonly supernode: Pinger;
}

export interface Reached {
  readonly pong: Pong;
  /** Where it answered. */
  readonly url: string;
}

/** Asks the member at one of its URLs; rejects unless it answers there. */
export async function ping(
  clients: Pingers,
  entry: MemberEntry,
  url: string,
  options: RequestOptions,
): Promise<Reached> {
  const { pong } = await clients[entry.type].ping(url, entry.author, options);
  return { pong, url };
}

/** Tries `first` and, when nobody answers there, the member's other URLs at the same time; rejects when none answers. */
export async function pingAnywhere(
  clients: Pingers,
  entry: MemberEntry,
  first: string,
  options: RequestOptions,
): Promise<Reached> {
  try {
    return await ping(clients, entry, first, options);
  } catch (error) {
    const others = entry.statement.urls.filter((url) => url !== first);
    return await Promise.any(others.map((url) => ping(clients, entry, url, options))).catch(() => {
      throw error;
    });
  }
}
