// From start to exit of a long-running command: signals, draining, the exit code.

import { once } from 'node:events';
import { ECHO_MS, END_SIGNALS } from './interrupt.ts';
import type { Log } from './log.ts';

export interface Service {
  /** Stops accepting, lets work in progress end, closes everything. */
  stop(): Promise<void>;
  /** Reads again what an operator may have changed; without it, SIGHUP does what the system does by default. */
  reload?(): Promise<void>;
}

/** What lifecycle needs of `process`; tests hand in another. */
export interface ServiceHost {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  exit(code: number): unknown;
  /** False once a parent that started this process with an IPC channel is gone; undefined without a channel. */
  readonly connected?: boolean;
}

export interface RunOptions {
  /** How long `stop` may take before the process ends all the same. */
  readonly graceMs: number;
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly host?: ServiceHost;
  /** Milliseconds that only grow: by a clock that is set back, a second signal could be taken for an echo. */
  readonly now?: () => number;
  /** A signal this soon after the first is its echo, not a second one. */
  readonly echoMs?: number;
}

const RELOAD_SIGNAL = 'SIGHUP';

/**
 * Starts a service and returns the exit code once it has ended. The first SIGINT or SIGTERM, or the end of the parent
 * at the other end of an IPC channel, drains it (0). When that fails, at the second signal and at the end of the grace
 * time it exits with 1 at once. SIGHUP reloads a service that can. A start that fails rejects. One that is given up
 * because of the signal it was handed, by throwing that signal's reason, has ended in order.
 */
export async function runService(
  start: (asked: AbortSignal) => Promise<Service>,
  options: RunOptions,
): Promise<number> {
  const { graceMs, log, host = process, now = () => performance.now(), echoMs = ECHO_MS } = options;
  const ended = Promise.withResolvers<number>();
  const asked = new AbortController();
  let drainingSince: number | undefined;
  let grace: NodeJS.Timeout | undefined;

  const force = (reason: string): void => {
    log.error(`${reason}: ending now`);
    ended.resolve(1);
    host.exit(1);
  };
  const drain = (reason: string): void => {
    if (drainingSince !== undefined) return;
    drainingSince = now();
    log.info(`${reason}: draining`);
    grace = setTimeout(() => force(`not drained after ${graceMs} ms`), graceMs);
    asked.abort();
  };
  const onSignal = (): void => {
    if (drainingSince === undefined) drain('asked to stop');
    else if (now() - drainingSince >= echoMs) force('asked to stop again');
  };
  const onDisconnect = (): void => drain('the parent process is gone');

  for (const signal of END_SIGNALS) host.on(signal, onSignal);
  host.on('disconnect', onDisconnect);
  if (host.connected === false) onDisconnect();
  try {
    return await Promise.race([ended.promise, liveAndDrain(start, asked.signal, host, log)]);
  } finally {
    clearTimeout(grace);
    for (const signal of END_SIGNALS) host.off(signal, onSignal);
    host.off('disconnect', onDisconnect);
  }
}

async function liveAndDrain(
  start: (asked: AbortSignal) => Promise<Service>,
  asked: AbortSignal,
  host: ServiceHost,
  log: RunOptions['log'],
): Promise<number> {
  let service: Service;
  try {
    service = await start(asked);
  } catch (error) {
    if (asked.aborted && error === asked.reason) return 0;
    throw error;
  }
  const onReload = (): void => void reload(service, log);
  if (service.reload !== undefined) host.on(RELOAD_SIGNAL, onReload);
  if (!asked.aborted) await once(asked, 'abort');
  try {
    await service.stop();
    return 0;
  } catch (error) {
    log.error({ err: error }, 'stopping failed');
    // Nobody is left to close what is still open, which would keep the process.
    host.exit(1);
    return 1;
  } finally {
    host.off(RELOAD_SIGNAL, onReload);
  }
}

async function reload(service: Service, log: RunOptions['log']): Promise<void> {
  log.info('asked to reload');
  try {
    await service.reload?.();
  } catch (error) {
    log.error({ err: error }, 'reloading failed');
  }
}
