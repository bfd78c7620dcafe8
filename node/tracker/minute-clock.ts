// The tracker's time: whole minutes that never run backwards, whatever the clock of the machine does.

/** Callers' clocks may differ by as much; a larger step back is taken for a clock that was set. */
const MAX_SKEW_SECONDS = 60;

/**
 * Turns the caller's seconds into minutes since an arbitrary start. When the clock is set back, time goes on from where
 * it was; when it is set forward, the step counts as time passed, as after a suspension.
 */
export class MinuteClock {
  #latest = Number.NEGATIVE_INFINITY;
  #offset = 0;

  minuteAt(nowSeconds: number): number {
    const seconds = nowSeconds + this.#offset;
    if (seconds > this.#latest) this.#latest = seconds;
    else if (seconds < this.#latest - MAX_SKEW_SECONDS) this.#offset = this.#latest - nowSeconds;
    return Math.floor(this.#latest / 60);
  }
}
