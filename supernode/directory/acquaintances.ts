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

interface Word {
  readonly id: Id;
  /** Whom it knows. */
  readonly known: ReadonlySet<Id>;
}

export class Acquaintances {
  readonly #options: AcquaintancesOptions;
  /** By the URL that was named, since whoever answers there has one voice, whatever ids it shows; those that have answered. */
  readonly #words = new Map<string, Word>();

  constructor(options: AcquaintancesOptions) {
    this.#options = options;
  }

  isNamed(id: Id): boolean {
    return this.#named().has(id);
  }

  /** The supernode at a URL that was named has answered, and said whom it knows. */
  note(url: string, id: Id, known: readonly Id[]): void {
    this.#words.set(url, { id, known: new Set(known) });
  }

  /** Nobody names the URL any more. */
  forget(url: string): void {
    this.#words.delete(url);
  }

  isWelcome(id: Id): boolean {
    const named = this.#named();
    if (!this.#options.areNamed || named.has(id)) return true;
    // Until one of the named ones answers, those that were good before will do.
    if (named.size === 0) return this.#options.wasFollowed(id);
    const vouchers = new Set([...this.#words.values()].filter(({ known }) => known.has(id)).map((word) => word.id));
    return vouchers.size >= Math.min(VOUCHERS_NEEDED, named.size);
  }

  #named(): Set<Id> {
    return new Set([...this.#words.values()].map(({ id }) => id));
  }
}
