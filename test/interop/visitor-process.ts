// The process behind a Visitor: makes the calls that come over its channel, and ends with the channel. Arguments: networks to allow.

import { createGuard, type GuardedAnswer, type GuardedRequest } from '../../shared/http/guard.ts';

export interface Visit {
  readonly number: number;
  readonly url: string;
  readonly call: Omit<GuardedRequest, 'signal'>;
}

/** Without an answer there is an error. */
export interface VisitReport {
  readonly number: number;
  readonly answer?: GuardedAnswer;
  readonly error?: string;
}

if (import.meta.main) {
  const guard = createGuard({ allowNetworks: process.argv.slice(2), configuredUrls: [] });
  process.on('message', async ({ number, url, call }: Visit) => {
    const report = await guard.request(url, call).then(
      (answer): VisitReport => ({ number, answer }),
      (error: unknown): VisitReport => ({ number, error: String(error) }),
    );
    process.send?.(report);
  });
  process.once('disconnect', () => void guard.close());
}
