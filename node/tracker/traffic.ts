// What a listener was asked and refused, as plain numbers: counting costs an increment, and whoever wants to know adds up.

import { MAX_REFUSALS, type Refusal, refusalCodes } from '../../shared/protocol/tracker/refusal.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';

/** Requests of one address family, refused ones too. */
export interface RequestCounts {
  readonly announces: number;
  /** However many torrents each asks for. */
  readonly scrapes: number;
  /** UDP alone: requests for a connection id (BEP 15). */
  readonly connects: number;
}

export interface TrafficCounts {
  readonly ipv4: RequestCounts;
  readonly ipv6: RequestCounts;
  /** By the code of the refusal, those that happened alone. */
  readonly refusals: Readonly<Record<string, number>>;
}

export type Protocol = 'http' | 'https' | 'udp' | 'websocket';

/** What one listener has done and does. */
export interface ListenerStats {
  readonly protocol: Protocol;
  readonly traffic: TrafficCounts;
  /** Open at the moment; 0 for UDP, which has none. */
  readonly connections: number;
  /** Closed unread because of a limit. */
  readonly refusedConnections: number;
}

const ANNOUNCES = 0;
const SCRAPES = 1;
const CONNECTS = 2;
/** From here on the same for IPv6. */
const IPV6 = 3;

export class Traffic {
  readonly #requests = new Float64Array(2 * IPV6);
  /** By the index of the refusal. */
  readonly #refusals = new Float64Array(MAX_REFUSALS);

  countAnnounce(family: AddressFamily): void {
    this.#requests[family === 4 ? ANNOUNCES : ANNOUNCES + IPV6]!++;
  }

  countScrape(family: AddressFamily): void {
    this.#requests[family === 4 ? SCRAPES : SCRAPES + IPV6]!++;
  }

  countConnect(family: AddressFamily): void {
    this.#requests[family === 4 ? CONNECTS : CONNECTS + IPV6]!++;
  }

  countRefusal(refusal: Refusal): void {
    this.#refusals[refusal.index]!++;
  }

  counts(): TrafficCounts {
    const refusals = refusalCodes()
      .map((code, index): [string, number] => [code, this.#refusals[index]!])
      .filter(([, count]) => count > 0);
    return { ipv4: this.#family(0), ipv6: this.#family(IPV6), refusals: addUp(refusals) };
  }

  #family(from: number): RequestCounts {
    const [announces = 0, scrapes = 0, connects = 0] = this.#requests.subarray(from, from + IPV6);
    return { announces, scrapes, connects };
  }
}

/** The counts of several listeners together. */
export function addTraffic(all: readonly TrafficCounts[]): TrafficCounts {
  return {
    ipv4: addRequests(all.map(({ ipv4 }) => ipv4)),
    ipv6: addRequests(all.map(({ ipv6 }) => ipv6)),
    refusals: addUp(all.flatMap(({ refusals }) => Object.entries(refusals))),
  };
}

export function addRequests(all: readonly RequestCounts[]): RequestCounts {
  const sum = (pick: (counts: RequestCounts) => number): number =>
    all.reduce((total, counts) => total + pick(counts), 0);
  return {
    announces: sum(({ announces }) => announces),
    scrapes: sum(({ scrapes }) => scrapes),
    connects: sum(({ connects }) => connects),
  };
}

/** Two refusals may share a code. */
function addUp(entries: readonly (readonly [code: string, count: number])[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [code, count] of entries) totals[code] = (totals[code] ?? 0) + count;
  return totals;
}
