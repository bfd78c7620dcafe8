// Work that must not overlap: each piece begins when the one before has ended, in the order in which they were asked for.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as `work` does. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
