// Asks the other supernodes about nodes that are silent here, and settles which of them are dead. Whoever says that such a
// node lives has to show it: else a few liars could keep torrents of the dead from being healed.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import { type Random, shuffled } from '../../shared/platform/random.ts';
import {
  MAX_OBSERVED,
  type Observation,
  type ObservationsAnswer,
} from '../../shared/protocol/messages/federation-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Directory } from '../directory/directory.ts';
import type { SupernodeEntry } from '../directory/entry.ts';
import type { Mortality } from '../directory/mortality.ts';
import type { Observations } from '../directory/observations.ts';
import type { Member } from '../directory/registry.ts';

export interface ConsultationOptions {
  readonly directory: Directory;
  readonly observations: Observations;
  readonly mortality: Pick<Mortality, 'doubtful' | 'update'>;
  /** Those whose word counts: the supernodes that are followed. */
  readonly witnesses: () => readonly Id[];
  readonly client: Pick<SupernodeClient, 'observations' | 'probe'>;
  /** Silence after which a node may be dead. */
  readonly deadAfterMs: number;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const TIMEOUT_MS = 3000;
/** The ping in between takes up to 3 s of it. */
const PROOF_TIMEOUT_MS = 4000;
/** Of one supernode at a time, at random; as long as they hold, the rest is taken on trust. */
export const MAX_PROOFS = 16;

/** Starts at once; ends when it is stopped. */
export function startConsultation(options: ConsultationOptions): Repetition {
  const { directory, observations, mortality, witnesses, intervalMs, clock, random, log } = options;

  const ask = async (id: Id, nodes: readonly Id[], signal: AbortSignal): Promise<void> => {
    const member = directory.supernodes.get(id);
    if (member?.liveness.state !== 'up') return;
    try {
      const answer = await askAll(options, member, nodes, signal);
      const believed = answer.isHealthy ? await withoutLies(options, member, answer.observations, signal) : [];
      observations.put(id, { ...answer, observations: believed }, clock.now());
    } catch (error) {
      log.debug({ err: error, id }, 'a supernode did not say what it sees');
    }
  };

  const consult = async (signal: AbortSignal): Promise<void> => {
    const doubtful = mortality.doubtful(clock.now());
    if (doubtful.length > 0) await Promise.all(witnesses().map((id) => ask(id, doubtful, signal)));
    mortality.update(clock.now());
  };

  const onError = (error: unknown): void => log.error({ err: error }, 'consulting other supernodes failed');
  return every({ intervalMs, jitter: 0.25, random, task: consult, onError });
}

/** In as many calls as it takes. */
async function askAll(
  { client }: ConsultationOptions,
  { entry, url }: Member<SupernodeEntry>,
  nodes: readonly Id[],
  signal: AbortSignal,
): Promise<ObservationsAnswer> {
  const answers: ObservationsAnswer[] = [];
  for (let at = 0; at < nodes.length; at += MAX_OBSERVED) {
    const call = { nodes: nodes.slice(at, at + MAX_OBSERVED) };
    answers.push(await client.observations(url, entry.author, call, { timeoutMs: TIMEOUT_MS, signal }));
  }
  return {
    isHealthy: answers.every(({ isHealthy }) => isHealthy),
    observations: answers.flatMap((answer) => answer.observations),
  };
}

/** What agrees with the silence here, and signs of life that come with a pong of the node: of all, or of some picked out. */
async function withoutLies(
  { client, deadAfterMs, random }: ConsultationOptions,
  { entry, url }: Member<SupernodeEntry>,
  observations: readonly Observation[],
  signal: AbortSignal,
): Promise<Observation[]> {
  const isOfSilence = ({ silentSeconds }: Observation): boolean => silentSeconds * 1000 >= deadAfterMs;
  const signs = observations.filter((observation) => !isOfSilence(observation));
  const picked = shuffled(signs, random).slice(0, MAX_PROOFS);
  const options = { timeoutMs: PROOF_TIMEOUT_MS, signal };
  const pongs = await Promise.all(
    picked.map(({ node }) => client.probe(url, entry.author, node, options).catch(() => undefined)),
  );
  const proven = picked.filter((_, index) => pongs[index] !== undefined);
  return [...observations.filter(isOfSilence), ...(proven.length === picked.length ? signs : proven)];
}
