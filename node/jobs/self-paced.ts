// A task that says itself after how long it wants to run again: soon after a failure, seldom while all is well.

/** Returns the pause until its next run in ms, undefined to never run again. Must not reject. */
export type SelfPacedTask = (signal: AbortSignal) => Promise<number | undefined>;

export interface SelfPaced {
  /** Settles when the first run has ended. */
  readonly firstRun: Promise<void>;
  /** Aborts the task's signal and waits for the run in progress. */
  stop(): Promise<void>;
}

/** The first run starts at once; the pauses do not keep the process alive. */
export function startSelfPaced(task: SelfPacedTask): SelfPaced {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    const pauseMs = await task(controller.signal);
    if (pauseMs === undefined || controller.signal.aborted) return;
    timer = setTimeout(() => {
      current = run();
    }, pauseMs).unref();
  };

  const firstRun = run();
  let current = firstRun;
  return {
    firstRun,
    stop: async () => {
      controller.abort();
      clearTimeout(timer);
      await current;
    },
  };
}
