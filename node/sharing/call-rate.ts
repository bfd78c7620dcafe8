// How often something may happen: so many times at once, and then so many times a second.

export class CallRate {
  readonly #atOnce: number;
  readonly #perMs: number;
  #level = 0;
  #at = 0;

  constructor(atOnce: number, perSecond: number) {
    this.#atOnce = atOnce;
    this.#perMs = perSecond / 1000;
  }

  /** Whether it may happen at `now` (unix ms); counts it if it may. A clock that was set back costs nothing but the time. */
  take(now: number): boolean {
    this.#level = Math.max(0, this.#level - Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#level + 1 > this.#atOnce) return false;
    this.#level++;
    return true;
  }
}
