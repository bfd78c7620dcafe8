// Asks every supernode that was joined who else carries our torrents, and waits there for news.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { PublicError } from '../../shared/errors.ts';
import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { type CarriersAnswer, type CarriersCall, NO_FEED } from '../../shared/protocol/messages/carrier-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { pauseAfter } from '../sharing/back-off.ts';
import { type SelfPaced, startSelfPaced } from './self-paced.ts';

export interface CarrierPollsOptions {
  readonly client: Pick<SupernodeClient, 'carriers'>;
  /** The supernodes to ask. */
  readonly supernodes: () => readonly Supernode[];
  readonly learner: WitnessLearner;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Supernode {
  readonly id: Id;
  readonly url: string;
}

export interface WitnessLearner {
  /** Opens node records and returns their authors, in order; undefined for a record that does not hold. */
  introduce(records: readonly Uint8Array[], now: number): Promise<(Id | undefined)[]>;
  /** `nodes` are all that the supernode knows to carry the torrent. */
  learnWitnessed(supernode: Id, infoHash: InfoHash, nodes: readonly Id[], now: number): void;
  /** The supernode is not asked any more. */
  forgetWitness(supernode: Id): void;
}

const WAIT_SECONDS = 30;
const LOOK_FOR_SUPERNODES_MS = 1000;
/** Between two answers that say something: news come in bursts. */
const PAUSE_MS = 100;
/** Whatever a supernode that has no time says of it; PAUSE_MS is the least. */
const MAX_RETRY_MS = 300_000;
/** Torrents taken over before announces have their turn: below 1 ms. */
const ITEMS_PER_TURN = 500;

export function startCarrierPolls(options: CarrierPollsOptions): { stop(): Promise<void> } {
  const { supernodes, learner, random, log } = options;
  const polls = new Map<Id, { readonly url: string; readonly poll: SelfPaced }>();
  const look = every({
    intervalMs: LOOK_FOR_SUPERNODES_MS,
    random,
    startNow: true,
    task: () => {
      const urls = new Map(supernodes().map(({ id, url }) => [id, url]));
      for (const [id, { url, poll }] of polls) {
        if (urls.get(id) === url) continue;
        polls.delete(id);
        void poll.stop().then(() => polls.has(id) || learner.forgetWitness(id));
      }
      for (const [id, url] of urls) if (!polls.has(id)) polls.set(id, { url, poll: startPoll(options, { id, url }) });
    },
    onError: (error) => log.error({ err: error }, 'asking for co-carriers failed'),
  });
  return {
    stop: async () => {
      await look.stop();
      await Promise.all([...polls.values()].map(({ poll }) => poll.stop()));
    },
  };
}

function startPoll(options: CarrierPollsOptions, { id, url }: Supernode): SelfPaced {
  const { client, clock, random, log } = options;
  let call: CarriersCall = { feed: NO_FEED, since: 0, waitSeconds: WAIT_SECONDS };
  let failures = 0;
  return startSelfPaced(async (signal) => {
    try {
      const answer = await client.carriers(url, id, call, signal);
      await takeOver(options, id, answer, clock.now());
      const { feed, next, place } = answer;
      call = { feed, since: next, waitSeconds: WAIT_SECONDS, ...(place === undefined ? {} : { place }) };
      failures = 0;
      return PAUSE_MS;
    } catch (error) {
      if (signal.aborted) return undefined;
      log.debug({ supernode: url, err: error }, 'asking for co-carriers failed');
      const isEarly = error instanceof PublicError && error.retrySeconds !== undefined;
      if (!isEarly) return pauseAfter(++failures, random);
      return Math.min(Math.max(error.retrySeconds * 1000, PAUSE_MS), MAX_RETRY_MS);
    }
  });
}

async function takeOver(
  { learner }: CarrierPollsOptions,
  supernode: Id,
  { items, nodes }: CarriersAnswer,
  now: number,
): Promise<void> {
  const ids = await learner.introduce(nodes, now);
  for (const [index, { infoHash, carriers }] of items.entries()) {
    const named = carriers.map((carrier) => ids[carrier]).filter((id) => id !== undefined);
    learner.learnWitnessed(supernode, infoHash, named, now);
    if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
  }
}
