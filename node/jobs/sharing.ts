// Drives sharing: brings it the time, carries its batches and questions to the partners, and tells it how they ended. Each
// partner has its own calls under way, so a slow or dead one delays nobody.

import { PublicError } from '../../shared/errors.ts';
import type { NodeClient } from '../../shared/http/node-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { ShareBatch, SyncCall } from '../../shared/protocol/messages/share-messages.ts';
import type { Partner } from '../sharing/partners.ts';
import type { Sharing } from '../sharing/sharing.ts';

export interface SharingJobOptions {
  readonly sharing: Sharing;
  readonly client: Pick<NodeClient, 'share' | 'sync'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface SharingJob {
  stop(): Promise<void>;
}

/** How late a change may be noticed. */
const STEP_INTERVAL_MS = 50;
const CALL_TIMEOUT_MS = 10_000;

export function startSharing(options: SharingJobOptions): SharingJob {
  const { sharing, clock, random, log } = options;
  const underWay = new Set<Promise<void>>();
  const track = (call: Promise<void>): void => {
    underWay.add(call);
    void call.finally(() => underWay.delete(call));
  };
  const steps = every({
    intervalMs: STEP_INTERVAL_MS,
    random,
    task: (signal) => {
      const now = clock.now();
      sharing.step(now);
      for (const partner of sharing.partners.values()) {
        const batch = sharing.sending.take(partner, now);
        if (batch !== undefined) track(push(options, partner, batch, signal));
        const call = sharing.pulling.take(partner, now);
        if (call !== undefined) track(pull(options, partner, call, signal));
      }
    },
    onError: (error) => log.error({ err: error }, 'sharing peers failed'),
  });
  return {
    stop: async () => {
      await steps.stop();
      await Promise.all(underWay);
    },
  };
}

async function push(
  { sharing, client, clock, log }: SharingJobOptions,
  partner: Partner,
  batch: ShareBatch,
  signal: AbortSignal,
): Promise<void> {
  try {
    const url = urlOf(partner, partner.outbox.failures);
    const answer = await client.share(url, partner.id, batch, { signal, timeoutMs: CALL_TIMEOUT_MS });
    sharing.sending.answered(partner, answer, clock.now());
  } catch (error) {
    if (partner.outbox.failures === 0) log.debug({ partner: partner.id, err: error }, 'sharing peers failed');
    sharing.sending.failed(partner, clock.now(), retryMsOf(error));
  }
}

/** Goes on from page to page while they come. */
async function pull(
  { sharing, client, clock, log }: SharingJobOptions,
  partner: Partner,
  first: SyncCall,
  signal: AbortSignal,
): Promise<void> {
  let call: SyncCall | undefined = first;
  try {
    while (call !== undefined && !signal.aborted) {
      const url = urlOf(partner, partner.inbox.failures);
      const page = await client.sync(url, partner.id, call, { signal, timeoutMs: CALL_TIMEOUT_MS });
      sharing.pulling.answered(partner, page, clock.now());
      call = sharing.pulling.take(partner, clock.now());
    }
  } catch (error) {
    if (partner.inbox.failures === 0) log.debug({ partner: partner.id, err: error }, 'pulling peers failed');
    sharing.pulling.failed(partner, clock.now());
  }
}

/** After a failure another URL of the partner's record has its turn. */
function urlOf({ urls }: Partner, failures: number): string {
  return urls[failures % urls.length]!;
}

/** How long a partner wants to be left alone that did answer. */
function retryMsOf(error: unknown): number | undefined {
  return error instanceof PublicError && error.retrySeconds !== undefined ? error.retrySeconds * 1000 : undefined;
}
