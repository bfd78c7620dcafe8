// A guard through which a test can cut a role off from others, as a broken line does: calls in progress end too.

import { createGuard, type Guard, type GuardOptions } from '../../shared/http/guard.ts';

export class CuttableGuards {
  readonly #cut = new Set<string>();
  readonly #calls = new Map<AbortController, string>();
  readonly #openGuard: (options: GuardOptions) => Guard;

  constructor(openGuard: (options: GuardOptions) => Guard = createGuard) {
    this.#openGuard = openGuard;
  }

  /** To be handed in instead of `createGuard`. */
  readonly open = (options: GuardOptions): Guard => {
    const guard = this.#openGuard(options);
    return {
      request: async (url, call) => {
        const { origin } = new URL(url);
        if (this.#cut.has(origin)) throw new Error(`${origin} is cut off`);
        const controller = new AbortController();
        const signal = AbortSignal.any([controller.signal, ...(call.signal === undefined ? [] : [call.signal])]);
        this.#calls.set(controller, origin);
        try {
          return await guard.request(url, { ...call, signal });
        } finally {
          this.#calls.delete(controller);
        }
      },
      close: () => guard.close(),
    };
  };

  /** Base URLs that cannot be reached from now on. */
  cut(...baseUrls: string[]): void {
    for (const url of baseUrls) this.#cut.add(url);
    for (const [controller, origin] of this.#calls) {
      if (this.#cut.has(origin)) controller.abort(new Error(`${origin} was cut off`));
    }
  }

  mend(): void {
    this.#cut.clear();
  }
}
