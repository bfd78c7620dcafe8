// Supernodes that announced themselves in the DHT. Anybody can announce anything there: these are hints, few of many, until
// a signed ping is answered.

import { createAddressPolicy } from '../http/address-policy.ts';
import type { Clock } from '../platform/clock.ts';
import { type Random, shuffled } from '../platform/random.ts';
import { meetingPoint } from '../protocol/dht/meeting-point.ts';
import { Dht, type DhtEndpoint, type DhtWish } from './dht.ts';
import type { NamedSupernode } from './named-supernode.ts';

/** Whoever announces thousands gets no more calls made than this, and no more of them to one host. */
export const MAX_HINTS = 32;
export const MAX_HINTS_PER_HOST = 4;
/** So long a search is not repeated. */
export const SEARCH_AGAIN_MS = 60_000;

type OpenDht = (wish: DhtWish) => Promise<Pick<Dht, 'find' | 'close'>>;

/** The hashes under which supernodes of these domains, or of no domain, announce themselves. */
export function meetingPoints(domains: readonly string[]): string[] {
  return domains.length === 0 ? [meetingPoint(undefined)] : domains.map(meetingPoint);
}

/** Picked at random among those whose address may be called; none is known to be a supernode. */
export async function hintsInDht(
  dht: Pick<Dht, 'find'>,
  domains: readonly string[],
  { allowNetworks, random }: { readonly allowNetworks: readonly string[]; readonly random: Random },
): Promise<NamedSupernode[]> {
  const policy = createAddressPolicy(allowNetworks);
  const found = await Promise.all(meetingPoints(domains).map((hash) => dht.find(hash)));
  const callable = found.flat().filter(({ host }) => policy.allows(host));
  return pick(shuffled(callable, random)).map(({ host, port }) => ({ url: `http://${host}:${port}`, id: undefined }));
}

/** Looks for supernodes in the DHT for programs that want to know now and then: it is open no longer than that takes. */
export class DhtSearch {
  readonly #wish: DhtWish;
  readonly #domains: readonly string[];
  readonly #open: OpenDht;
  #last: { readonly at: number; readonly found: Promise<NamedSupernode[]> } | undefined;

  constructor(wish: DhtWish, domains: readonly string[], open: OpenDht = Dht.open) {
    this.#wish = wish;
    this.#domains = domains;
    this.#open = open;
  }

  /** What was found within the last SEARCH_AGAIN_MS is good enough. Throws PublicError when the DHT cannot be opened. */
  find({ clock, random }: { readonly clock: Clock; readonly random: Random }): Promise<NamedSupernode[]> {
    const now = clock.now();
    if (this.#last === undefined || now - this.#last.at >= SEARCH_AGAIN_MS) {
      this.#last = { at: now, found: this.#search(random) };
    }
    return this.#last.found;
  }

  async #search(random: Random): Promise<NamedSupernode[]> {
    const dht = await this.#open(this.#wish);
    try {
      return await hintsInDht(dht, this.#domains, { ...this.#wish, random });
    } finally {
      await dht.close();
    }
  }
}

function pick(endpoints: readonly DhtEndpoint[]): DhtEndpoint[] {
  const perHost = new Map<string, number>();
  const picked = endpoints.filter(({ host }) => {
    const count = perHost.get(host) ?? 0;
    perHost.set(host, count + 1);
    return count < MAX_HINTS_PER_HOST;
  });
  return picked.slice(0, MAX_HINTS);
}
