// Asks each carrier how many peers it has of a torrent.

import { PublicError } from '../../shared/errors.ts';
import { addressRefusal, createAddressPolicy } from '../../shared/http/address-policy.ts';
import type { Resolve } from '../../shared/http/resolve.ts';
import type { FoundCarrier } from '../../shared/network/look-up.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { TorrentCounts } from '../../shared/protocol/tracker/tracker-calls.ts';
import { openTracker } from '../tracker/open-tracker.ts';
import { TrackerError } from '../tracker/tracker-client.ts';
import { hostOf, parseTrackerUrl } from '../tracker/tracker-url.ts';

/** What a carrier answered: counts in the order of the hashes, or in words why there are none. */
export type Scraped = { readonly counts: readonly (TorrentCounts | undefined)[] } | { readonly failure: string };

export interface ScrapeTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolve: Resolve;
  readonly timeoutMs: number;
  /** Networks that carriers may be in although they are not public. */
  readonly allowNetworks: readonly string[];
}

/** Never throws for what a carrier does. */
export async function scrapeCarrier(
  carrier: FoundCarrier,
  hashes: readonly InfoHash[],
  tools: ScrapeTools,
): Promise<Scraped> {
  try {
    const url = parseTrackerUrl(`${carrier.statement.urls[0]}/announce`);
    const target = await resolvePublic(hostOf(url), tools);
    const tracker = openTracker({ url, target, ...tools });
    try {
      const reply = await tracker.scrape!(hashes);
      return reply.kind === 'refused' ? { failure: `refuses: ${reply.reason}` } : { counts: reply.counts };
    } finally {
      await tracker.close();
    }
  } catch (error) {
    return { failure: failureText(error) };
  }
}

/** A carrier's URL is a stranger's word: it must lead to a public address. */
async function resolvePublic(host: string, { resolve, allowNetworks }: ScrapeTools) {
  const [first] = await resolve(host);
  if (first === undefined) throw new PublicError('address', `${host} has no address`);
  if (!createAddressPolicy(allowNetworks).allows(first.address)) throw addressRefusal(host, first.address);
  return { address: first.address, family: first.family === 6 ? (6 as const) : (4 as const) };
}

function failureText(error: unknown): string {
  if (error instanceof TrackerError) return error.message;
  if (error instanceof PublicError) return error.cause instanceof Error ? error.cause.message : error.message;
  // The resolver's: ENOTFOUND and its like.
  if (error instanceof Error && 'code' in error) return error.message;
  throw error;
}
