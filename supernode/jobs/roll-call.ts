// Reads the lists of members of another supernode now and then, so that those for whom there was no room, and those that
// did not answer when a feed told of them, are found at last.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import { pick, type Random } from '../../shared/platform/random.ts';
import { inSlices } from '../../shared/platform/slices.ts';
import { MAX_PAGE_RECORDS } from '../../shared/protocol/messages/directory-messages.ts';
import { openGood } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Directory } from '../directory/directory.ts';
import { openMember } from '../directory/entry.ts';
import { DIRECTORY_LIMITS } from '../directory/limits.ts';
import type { Member } from '../directory/registry.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Leadership } from './lease.ts';
import type { Newcomers } from './newcomers.ts';

export interface RollCallOptions {
  readonly directory: Directory;
  readonly ledger: Pick<Ledger, 'offer'>;
  readonly newcomers: Pick<Newcomers, 'screen' | 'roomFor'>;
  readonly client: Pick<SupernodeClient, 'nodes' | 'supernodes'>;
  readonly leadership: Leadership;
  /** The supernodes to ask. */
  readonly others: () => readonly Id[];
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type ReadPage = RollCallOptions['client']['nodes'];

/** Of one list: more than an honest supernode has. */
const MAX_PAGES = 2 * Math.ceil(DIRECTORY_LIMITS.maxNodes / MAX_PAGE_RECORDS);
const PUBLIC_KEY_BYTES = 32;

export function startRollCall(options: RollCallOptions): Repetition {
  const { intervalMs, random, log } = options;
  const task = (signal: AbortSignal): Promise<void> => callRoll(options, signal);
  const onError = (error: unknown): void => log.warn({ err: error }, 'members of another supernode not read');
  return every({ intervalMs, jitter: 0.25, random, task, onError });
}

async function callRoll(options: RollCallOptions, signal: AbortSignal): Promise<void> {
  const { directory, leadership, others, client, random } = options;
  if (!leadership.isLeading) return;
  const id = pick(others(), random);
  const member = id === undefined ? undefined : directory.supernodes.get(id);
  if (member === undefined) return;
  const readers: ReadPage[] = [
    (url, cursor, asked) => client.supernodes(url, cursor, asked),
    (url, cursor, asked) => client.nodes(url, cursor, asked),
  ];
  for (const read of readers) {
    // From another place each time, lest those who never answer keep the rest waiting.
    const start = random.bytes(PUBLIC_KEY_BYTES).toString('hex');
    await readList(options, member, { read, start, signal });
    await readList(options, member, { read, start: undefined, signal });
  }
}

interface Reading {
  readonly read: ReadPage;
  /** Id after which it starts; undefined: from the beginning. */
  readonly start: Id | undefined;
  readonly signal: AbortSignal;
}

/** Until the end of the list, or until nobody else finds room. */
async function readList(
  options: RollCallOptions,
  { entry, url }: Member,
  { read, start, signal }: Reading,
): Promise<void> {
  let cursor = start;
  for (let pages = 0; pages < MAX_PAGES && options.newcomers.roomFor(entry.author) > 0; pages++) {
    const { records, next } = await read(url, cursor, { signal });
    await inSlices(records, (slice) => takeSlice(options, entry.author, slice), signal);
    if (next === undefined || signal.aborted) return;
    cursor = next;
  }
}

async function takeSlice(options: RollCallOptions, source: Id, records: readonly Uint8Array[]): Promise<void> {
  const { ledger, newcomers, clock } = options;
  const now = clock.now();
  const members = openGood(records, (bytes) => openMember(bytes, now));
  await ledger.offer(members.filter((member) => newcomers.screen(member, source)));
}
