// A second opinion on a node that does not answer here: other supernodes fetch the pong that proves its life.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { Pong } from '../../shared/protocol/node-messages.ts';
import type { Id } from '../../shared/protocol/record.ts';
import type { Directory } from '../directory/directory.ts';
import type { SupernodeEntry } from '../directory/entry.ts';
import { primaryUrl } from '../directory/registry.ts';

export interface IndirectProbeOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly client: Pick<SupernodeClient, 'probe'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Supernodes asked about a node that has just fallen silent, and about one that has been silent for longer. */
const ASKED_AT_FIRST = 3;
const ASKED_LATER = 1;
/** The ping in between takes up to 3 s of it. */
const TIMEOUT_MS = 4000;

export class IndirectProbe {
  readonly #options: IndirectProbeOptions;

  constructor(options: IndirectProbeOptions) {
    this.#options = options;
  }

  /** The first pong that one of the others gets; undefined when none does. Never rejects. */
  async ask(node: Id, isFresh: boolean, signal: AbortSignal): Promise<Pong | undefined> {
    const asked = this.#choose(isFresh ? ASKED_AT_FIRST : ASKED_LATER);
    const answers = asked.map((supernode) => this.#askOne(supernode, node, signal));
    return Promise.any(answers).catch(() => undefined);
  }

  async #askOne(supernode: SupernodeEntry, node: Id, signal: AbortSignal): Promise<Pong> {
    const { client, log } = this.#options;
    try {
      const pong = await client.probe(primaryUrl(supernode), supernode.author, node, { timeoutMs: TIMEOUT_MS, signal });
      if (pong === undefined) throw new Error('the node does not answer there either');
      return pong;
    } catch (error) {
      log.debug({ err: error, supernode: supernode.author, node }, 'no pong by way of another supernode');
      throw error;
    }
  }

  #choose(count: number): SupernodeEntry[] {
    const { self, directory, clock, random } = this.#options;
    const others = directory.supernodes
      .trusted(clock.now())
      .map(({ entry }) => entry)
      .filter(({ author }) => author !== self);
    const chosen: SupernodeEntry[] = [];
    while (chosen.length < count && others.length > 0) {
      chosen.push(...others.splice(random.uint32() % others.length, 1));
    }
    return chosen;
  }
}
