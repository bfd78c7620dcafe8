// Somebody in a network namespace who calls what the test wants called there: a process that stands for a guard.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Guard, GuardedAnswer, GuardedRequest } from '../../shared/http/guard.ts';
import type { Host } from './lab.ts';
import type { Visit, VisitReport } from './visitor-process.ts';

const SCRIPT = fileURLToPath(new URL('./visitor-process.ts', import.meta.url));

export class Visitor implements Guard {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (report: VisitReport) => void>();
  #visits = 0;

  /** `networks` are those that may be called. */
  constructor({ namespace }: Host, networks: readonly string[]) {
    if (namespace === undefined) throw new Error('a visitor needs a namespace');
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, SCRIPT, ...networks], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.on('message', (report: VisitReport) => {
      this.#waiting.get(report.number)?.(report);
      this.#waiting.delete(report.number);
    });
  }

  /** The signal is not heard. */
  async request(url: string, { signal: _, ...call }: GuardedRequest): Promise<GuardedAnswer> {
    const number = this.#visits++;
    const { promise, resolve } = Promise.withResolvers<VisitReport>();
    this.#waiting.set(number, resolve);
    this.#child.send({ number, url, call } satisfies Visit);
    const { answer, error } = await promise;
    if (answer === undefined) throw new Error(error ?? 'no answer');
    return { ...answer, body: Buffer.from(answer.body) };
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
