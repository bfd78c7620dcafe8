// A server that is measured: how much CPU and memory it has taken.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { RunningProcess } from '../../test/helpers/running-process.ts';

export class MeasuredProcess {
  readonly baseUrl: string;
  readonly #process: RunningProcess;
  /** Ticks by which the system counts CPU, in a second. */
  readonly #ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

  constructor(running: RunningProcess, baseUrl: string) {
    this.#process = running;
    this.baseUrl = baseUrl;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get port(): number {
    return Number(new URL(this.baseUrl).port);
  }

  /** User and system time of all threads, in seconds. */
  async cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold spaces; fields 14 and 15 are counted from the one before it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / this.#ticks;
  }

  /** Resident memory in bytes. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }
}
