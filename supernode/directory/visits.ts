// How often strangers are called where somebody says that they are: whoever names an address has this supernode call it, so
// nobody gets more than a few calls out of it, wherever they lead.

import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import { type AttemptLimits, Attempts } from './attempts.ts';
import { prefixesOf } from './prefixes.ts';

/** At one host, for one who names it: a node and a supernode with three URLs each at once, then a call every 10 s. */
export const VISITS_PER_HOST: AttemptLimits = { burst: 6, perMinute: 6, maxNetworks: 10_000 };
/** In one /24 (IPv6 /48), for one who names it. */
export const VISITS_PER_NETWORK: AttemptLimits = { burst: 32, perMinute: 60, maxNetworks: 10_000 };
/** At one address that names lead to, whoever gives them: names cost nothing, and all of them may lead to one victim. */
export const VISITS_BY_NAME: AttemptLimits = { burst: 30, perMinute: 60, maxNetworks: 10_000 };
/** Names remembered with their addresses; beyond that the one learned first is forgotten. */
const MAX_NAMES = 10_000;

export class Visits {
  readonly #unhurried: Pick<NetworkSet, 'has'>;
  readonly #hosts = new Attempts(VISITS_PER_HOST);
  readonly #networks = new Attempts(VISITS_PER_NETWORK);
  readonly #addresses = new Attempts(VISITS_BY_NAME);
  readonly #addressOf = new Map<string, string>();

  /** `unhurried`: networks that the operator allows to be called, as often as anybody likes. */
  constructor(unhurried: Pick<NetworkSet, 'has'>) {
    this.#unhurried = unhurried;
  }

  /** Counts a call to `host` (an address or a name) that `who` asks for. 0: go on; else the seconds to wait. */
  take(who: string, host: string, now: number): number {
    if (this.#unhurried.has(host)) return 0;
    const waitSeconds = this.#hosts.take(`${who} ${host}`, now);
    return waitSeconds > 0 ? waitSeconds : this.#networks.take(`${who} ${prefixesOf(host).narrow}`, now);
  }

  /** Counts a connection to the addresses that a name turned out to have. 0: go on; else the seconds to wait. */
  arrive(name: string, addresses: readonly string[], now: number): number {
    this.#remember(name, addresses[0]);
    const counted = addresses.filter((address) => !this.#unhurried.has(address));
    return Math.max(0, ...counted.map((address) => this.#addresses.take(address, now)));
  }

  /** The address that a name led to when it was called last; of an address, or a name not called yet, what was given. */
  placeOf(host: string): string {
    return this.#addressOf.get(host) ?? host;
  }

  #remember(name: string, address: string | undefined): void {
    if (address === undefined) return;
    this.#addressOf.delete(name);
    this.#addressOf.set(name, address);
    if (this.#addressOf.size > MAX_NAMES) this.#addressOf.delete(this.#addressOf.keys().next().value!);
  }
}
