// A real child process in a test: waits for what it prints, ends it by pid, leaves nothing behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Network namespace to run in; needs root. */
  readonly namespace?: string | undefined;
}

const STOP_GRACE_MS = 20_000;

/** A test that fails may not come to end its processes; they end with the tests, which do not wait for them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (match: RegExpMatchArray) => void;
  readonly reject: (error: Error) => void;
}

export class RunningProcess {
  readonly stdoutLines: string[] = [];
  readonly stderrLines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #waiters: Waiter[] = [];

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    const line =
      options.namespace === undefined
        ? [command, ...args]
        : ['ip', 'netns', 'exec', options.namespace, command, ...args];
    const [file = command, ...rest] = line;
    this.#child = spawn(file, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.#child.once('close', () => running.delete(this.#child)));
    this.#child.unref();
    this.#ended = once(this.#child, 'close').then(
      () => this.#rejectWaiters(),
      () => this.#rejectWaiters(),
    );
    this.#collect(this.#child.stdout, this.stdoutLines);
    this.#collect(this.#child.stderr, this.stderrLines);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process did not start');
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first line of standard output, past or future, that matches. Rejects when the process ends without it. */
  line(pattern: RegExp): Promise<RegExpMatchArray> {
    for (const line of this.stdoutLines) {
      const match = line.match(pattern);
      if (match !== null) return Promise.resolve(match);
    }
    if (this.hasEnded) return Promise.reject(this.#failure(pattern));
    return new Promise((resolve, reject) => this.#waiters.push({ pattern, resolve, reject }));
  }

  /** Reads standard output no further, as `head` does. */
  hangUp(): void {
    this.#child.stdout?.destroy();
  }

  /** Waits for the end. Returns the exit code, null after a signal. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Sends a signal and waits for the end; SIGKILL follows when the grace is over. Returns the exit code, null after a signal. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.hasEnded) this.#child.kill(signal);
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(killer);
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #collect(stream: NodeJS.ReadableStream | null, lines: string[]): void {
    if (stream === null) return;
    (stream as Socket).unref();
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines === this.stdoutLines) this.#offer(line);
    });
  }

  #offer(line: string): void {
    this.#waiters = this.#waiters.filter(({ pattern, resolve }) => {
      const match = line.match(pattern);
      if (match !== null) resolve(match);
      return match === null;
    });
  }

  #rejectWaiters(): void {
    for (const { pattern, reject } of this.#waiters) reject(this.#failure(pattern));
    this.#waiters = [];
  }

  #failure(pattern: RegExp): Error {
    return new Error(
      `the process ended without printing ${pattern}; it said:\n${[...this.stdoutLines, ...this.stderrLines].slice(-20).join('\n')}`,
    );
  }
}
