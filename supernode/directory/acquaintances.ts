// Which supernodes are followed and believed: those that the operator named, and those that two of them know. Anybody can
// start many supernodes; nobody can make those of others vouch for them.

import type { Id } from '../../shared/protocol/records/record.ts';

export interface AcquaintancesOptions {
  /** Whether the operator named any: whoever starts a network has nobody to name, and takes who comes. */
  readonly areNamed: boolean;
  /** Whether a supernode was followed before the last start. */
  readonly wasFollowed: (id: Id) => boolean;
}

/** So many of the named ones must know another one; all of them when they are fewer. */
const VOUCHERS_NEEDED = 2;

export class Acquaintances {
  readonly #options: AcquaintancesOptions;
  /** Whom each of the named supernodes knows; those that have answered. */
  readonly #known = new Map<Id, ReadonlySet<Id>>();

  constructor(options: AcquaintancesOptions) {
    this.#options = options;
  }

  isNamed(id: Id): boolean {
    return this.#known.has(id);
  }

  /** A named supernode has answered, and said whom it knows. */
  note(named: Id, known: readonly Id[]): void {
    this.#known.set(named, new Set(known));
  }

  isWelcome(id: Id): boolean {
    if (!this.#options.areNamed || this.#known.has(id)) return true;
    // Until one of the named ones answers, those that were good before will do.
    if (this.#known.size === 0) return this.#options.wasFollowed(id);
    let vouchers = 0;
    for (const known of this.#known.values()) if (known.has(id)) vouchers++;
    return vouchers >= Math.min(VOUCHERS_NEEDED, this.#known.size);
  }
}
