// Which of several URLs lead to a supernode, and to which one.

import type { SupernodeClient } from '../http/supernode-client.ts';
import type { Id } from '../protocol/records/record.ts';
import { firstAnswers } from './first-answers.ts';
import type { NamedSupernode } from './named-supernode.ts';
import { reasonOf } from './reason.ts';

/** A supernode that has answered a ping. */
export interface Supernode {
  readonly id: Id;
  /** Base URL where it answers. */
  readonly url: string;
  /** Base URL where it says that others find it. */
  readonly publicUrl: string;
}

const ASKED_AT_ONCE = 8;
const MAX_ASKED = 64;
const PING_TIMEOUT_MS = 5000;

/**
 * Pings ASKED_AT_ONCE of them, and the next ones only while none has answered: those that answer soon, in the order given,
 * each once, and why others failed. An answer counts when its signature is right, and is of the one expected.
 */
export async function findSupernodes(
  named: readonly NamedSupernode[],
  client: Pick<SupernodeClient, 'ping'>,
): Promise<{ readonly supernodes: Supernode[]; readonly failures: string[] }> {
  const supernodes = new Map<Id, Supernode>();
  const failures: string[] = [];
  const last = Math.min(named.length, MAX_ASKED);
  for (let at = 0; at < last && supernodes.size === 0; at += ASKED_AT_ONCE) {
    const some = named.slice(at, Math.min(at + ASKED_AT_ONCE, last));
    for (const answer of await firstAnswers(some.map((one) => pingSupernode(one, client)))) {
      if (answer.status === 'rejected') failures.push(reasonOf(answer.reason));
      else if (!supernodes.has(answer.value.id)) supernodes.set(answer.value.id, answer.value);
    }
  }
  return { supernodes: [...supernodes.values()], failures };
}

/** Throws PublicError unless the supernode that is meant answers. */
export async function pingSupernode(
  { url: baseUrl, id: expected }: NamedSupernode,
  client: Pick<SupernodeClient, 'ping'>,
  signal?: AbortSignal,
): Promise<Supernode> {
  const options = { timeoutMs: PING_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  const { id, statement } = await client.ping(baseUrl, expected, options);
  const url = new URL(baseUrl).origin;
  return { id, url, publicUrl: statement.urls.includes(url) ? url : statement.urls[0]! };
}
