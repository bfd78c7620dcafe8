// How long a node waits until it joins a supernode again.

import type { Random } from '../../shared/platform/random.ts';

/** After the first, second... failure in a row; the last one stands for all further. */
export const RETRY_PAUSES_MS: readonly number[] = [5_000, 25_000, 120_000, 300_000];
const RETRY_JITTER = 0.4;
/** Whatever a supernode asks for. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 300_000;
/** Repetitions come up to so much earlier, never later: a supernode may have said when it forgets. */
const REPEAT_JITTER = 0.2;
const UINT32_RANGE = 2 ** 32;

export class JoinPace {
  readonly #random: Random;
  readonly #retryPausesMs: readonly number[];
  #failures = 0;

  constructor(random: Random, retryPausesMs: readonly number[] = RETRY_PAUSES_MS) {
    this.#random = random;
    this.#retryPausesMs = retryPausesMs;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** The pause in ms after a failure. */
  afterFailure(): number {
    const pauseMs = this.#retryPausesMs[Math.min(this.#failures, this.#retryPausesMs.length - 1)]!;
    this.#failures++;
    return pauseMs * (1 + RETRY_JITTER * (2 * this.#share() - 1));
  }

  /** The pause in ms after an answer that asks for `retrySeconds`; 0 leaves the choice to the node. */
  afterAnswer(retrySeconds: number): number {
    this.#failures = 0;
    const wishedMs = retrySeconds === 0 ? MAX_PAUSE_MS : retrySeconds * 1000;
    const pauseMs = Math.min(Math.max(wishedMs, MIN_PAUSE_MS), MAX_PAUSE_MS);
    return pauseMs * (1 - REPEAT_JITTER * this.#share());
  }

  /** 0 to 1. */
  #share(): number {
    return this.#random.uint32() / UINT32_RANGE;
  }
}
