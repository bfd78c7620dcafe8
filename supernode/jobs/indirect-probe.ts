// A second opinion on a node that does not answer here: other supernodes, of those that are followed, fetch the pong that
// proves its life.

import { PublicError } from '../../shared/errors.ts';
import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Log } from '../../shared/platform/log.ts';
import { type Random, shuffled } from '../../shared/platform/random.ts';
import type { Pong } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { type NodeEntry, openMember, type SupernodeEntry } from '../directory/entry.ts';
import { isSamePlace, type Member } from '../directory/registry.ts';
import { trustedWitnesses, type WitnessOptions } from './witnesses.ts';

export interface IndirectProbeOptions extends WitnessOptions {
  readonly client: Pick<SupernodeClient, 'probe'>;
  readonly random: Random;
  readonly log: Log;
}

/** Supernodes asked about a node that has just fallen silent, and about one that has been silent for longer. */
const ASKED_AT_FIRST = 3;
const ASKED_LATER = 1;
/** So many must reach a node that was never reached here; all of them when they are fewer. One alone could invent it. */
const VOUCHERS_NEEDED = 2;
/** The ping in between takes up to 3 s of it. */
const TIMEOUT_MS = 4000;

export class IndirectProbe {
  readonly #options: IndirectProbeOptions;

  constructor(options: IndirectProbeOptions) {
    this.#options = options;
  }

  /** The first pong that one of the others gets; undefined when none does. Never rejects. */
  async ask(node: Id, isFresh: boolean, signal: AbortSignal): Promise<Pong | undefined> {
    const count = isFresh ? ASKED_AT_FIRST : ASKED_LATER;
    const asked = shuffled(trustedWitnesses(this.#options), this.#options.random).slice(0, count);
    const answers = asked.map((supernode) => this.#askOne(supernode, node, signal));
    return Promise.any(answers).catch(() => undefined);
  }

  /** Whether enough of the others reach a node where its record says. Never rejects. */
  async vouch(entry: NodeEntry, signal: AbortSignal): Promise<boolean> {
    const witnesses = trustedWitnesses(this.#options);
    const pongs = await Promise.allSettled(witnesses.map((one) => this.#askOne(one, entry.author, signal)));
    const vouchers = pongs.filter(
      (answer) => answer.status === 'fulfilled' && this.#isFrom(answer.value, entry),
    ).length;
    return vouchers > 0 && vouchers >= Math.min(VOUCHERS_NEEDED, witnesses.length);
  }

  #isFrom({ record }: Pong, entry: NodeEntry): boolean {
    try {
      const told = openMember(record, this.#options.clock.now());
      return told.author === entry.author && isSamePlace(told, entry);
    } catch (error) {
      if (error instanceof PublicError) return false;
      throw error;
    }
  }

  async #askOne({ entry, url }: Member<SupernodeEntry>, node: Id, signal: AbortSignal): Promise<Pong> {
    const { client, log } = this.#options;
    try {
      const pong = await client.probe(url, entry.author, node, { timeoutMs: TIMEOUT_MS, signal });
      if (pong === undefined) throw new Error('the node does not answer there either');
      return pong;
    } catch (error) {
      log.debug({ err: error, supernode: entry.author, node }, 'no pong by way of another supernode');
      throw error;
    }
  }
}
