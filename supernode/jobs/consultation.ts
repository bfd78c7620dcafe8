// Asks the other supernodes about nodes that are silent here, and settles which of them are dead.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { MAX_OBSERVED, type ObservationsAnswer } from '../../shared/protocol/messages/federation-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Directory } from '../directory/directory.ts';
import type { Mortality } from '../directory/mortality.ts';
import type { Observations } from '../directory/observations.ts';

export interface ConsultationOptions {
  readonly directory: Directory;
  readonly observations: Observations;
  readonly mortality: Pick<Mortality, 'doubtful' | 'update'>;
  /** Those whose word counts: the supernodes that are followed. */
  readonly witnesses: () => readonly Id[];
  readonly client: Pick<SupernodeClient, 'observations'>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const TIMEOUT_MS = 3000;

/** Starts at once; ends when it is stopped. */
export function startConsultation(options: ConsultationOptions): Repetition {
  const { directory, observations, mortality, witnesses, client, intervalMs, clock, random, log } = options;

  const ask = async (id: Id, nodes: readonly Id[], signal: AbortSignal): Promise<void> => {
    const member = directory.supernodes.get(id);
    if (member?.liveness.state !== 'up') return;
    try {
      const answers: ObservationsAnswer[] = [];
      for (let at = 0; at < nodes.length; at += MAX_OBSERVED) {
        const call = { nodes: nodes.slice(at, at + MAX_OBSERVED) };
        answers.push(await client.observations(member.url, id, call, { timeoutMs: TIMEOUT_MS, signal }));
      }
      const isHealthy = answers.every((answer) => answer.isHealthy);
      observations.put(id, { isHealthy, observations: answers.flatMap((answer) => answer.observations) }, clock.now());
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
