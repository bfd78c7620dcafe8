// Ctrl-C and SIGTERM for commands that do a piece of work: the first asks to come to an end, the second ends.

/** By which a user or the system asks a process to end. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** One Ctrl-C in a terminal reaches a child of `npm` twice: a signal this soon after the first is its echo. */
export const ECHO_MS = 500;

/** What is needed of `process`. */
export interface SignalHost {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #host: SignalHost;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: SignalHost = process) {
    this.#host = host;
    for (const name of END_SIGNALS) host.on(name, this.#onSignal);
  }

  /** Aborted by the first of the signals. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From here on signals do what the system does by default. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const name of END_SIGNALS) this.#host.off(name, this.#onSignal);
  }

  readonly #onSignal = (): void => {
    this.#controller.abort();
    this.#timer ??= setTimeout(() => this[Symbol.dispose](), ECHO_MS).unref();
  };
}
