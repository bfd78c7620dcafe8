// Which of several URLs lead to a supernode, and to which one.

import { PublicError } from '../errors.ts';
import type { SupernodeClient } from '../http/supernode-client.ts';
import type { Opened, RecordCodec } from '../protocol/codec.ts';
import type { Id } from '../protocol/record.ts';
import { reasonOf } from './reason.ts';

/** A supernode that has answered a ping. */
export interface Supernode {
  readonly id: Id;
  /** Base URL where it answers. */
  readonly url: string;
  /** Base URL where it says that others find it. */
  readonly publicUrl: string;
}

const MAX_ASKED = 8;
const PING_TIMEOUT_MS = 5000;

/** Pings the first MAX_ASKED of them at once: those that answer in the order given, each once, and why the others failed. */
export async function findSupernodes(
  urls: readonly string[],
  client: Pick<SupernodeClient, 'ping'>,
): Promise<{ readonly supernodes: Supernode[]; readonly failures: string[] }> {
  const ping = async (baseUrl: string): Promise<Supernode> => {
    const { id, statement } = await client.ping(baseUrl, undefined, { timeoutMs: PING_TIMEOUT_MS });
    const url = new URL(baseUrl).origin;
    return { id, url, publicUrl: statement.urls.includes(url) ? url : statement.urls[0]! };
  };
  const supernodes = new Map<Id, Supernode>();
  const failures: string[] = [];
  for (const answer of await Promise.allSettled(urls.slice(0, MAX_ASKED).map(ping))) {
    if (answer.status === 'rejected') failures.push(reasonOf(answer.reason));
    else if (!supernodes.has(answer.value.id)) supernodes.set(answer.value.id, answer.value);
  }
  return { supernodes: [...supernodes.values()], failures };
}

/** Opens the records that hold at `now` (unix ms); a bad one among them spoils none of the others. */
export function openGood<T>(records: readonly Uint8Array[], codec: RecordCodec<T>, now: number): Opened<T>[] {
  return records.flatMap((bytes) => {
    try {
      return [codec.open(bytes, now)];
    } catch (error) {
      if (error instanceof PublicError) return [];
      throw error;
    }
  });
}
