// A tracker under test as a child process in a temporary folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../shared/free-port.ts';
import type { Contender } from './contender.ts';
import { untilAnswering } from './readiness.ts';

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 10_000;
const MAX_LOG_CHARS = 2_000;

export class RunningServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  /** The end of the benchmark must not leave it running. */
  readonly #kill = (): void => void this.#child.kill('SIGKILL');

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
    process.on('exit', this.#kill);
  }

  /** Resolves once it answers. `prefix` is put before its command: ['taskset', '-c', '0']. */
  static async start(
    contender: Contender,
    prefix: readonly string[],
    listHashes: () => Promise<string>,
  ): Promise<RunningServer> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'anatomic-bench-'));
    await chmod(folder, 0o755);
    const [program = '', ...args] = [...prefix, ...(await contender.command({ port, folder, listHashes }))];
    const log = await open(join(folder, 'log'), 'w');
    const child = spawn(program, args, { stdio: ['ignore', log.fd, log.fd] });
    child.once('error', (error) => process.stderr.write(`${contender.title}: ${error.message}\n`));
    const server = new RunningServer(port, child, folder);
    await log.close();
    if (await untilAnswering(port, START_LIMIT_MS, () => server.isRunning)) {
      await wait(contender.settleMs);
      return server;
    }
    const output = await server.log();
    await server.stop();
    throw new Error(`${contender.title} did not start: ${output}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it printed. */
  async log(): Promise<string> {
    return (await readFile(join(this.#folder, 'log'), 'utf8')).slice(-MAX_LOG_CHARS).trim();
  }

  /** Resident memory in bytes. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }

  async stop(): Promise<void> {
    if (this.isRunning) {
      const ended = once(this.#child, 'exit');
      const killer = setTimeout(this.#kill, STOP_LIMIT_MS);
      this.#child.kill('SIGTERM');
      await ended;
      clearTimeout(killer);
    }
    process.off('exit', this.#kill);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
