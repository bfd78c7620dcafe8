// A node or supernode as a child process of `anatomic up`.

import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** The command beside this file: a .ts source in a checkout, .js in the built package. */
const COMMAND = join(import.meta.dirname, `anatomic${extname(import.meta.filename)}`);
const LISTENING = /^listening (http:\/\/\S+)\/announce$/;

export interface RoleStart {
  readonly role: 'node' | 'supernode';
  readonly number: number;
  readonly args: readonly string[];
  /** Gets each of its `listening` lines with its name in front. */
  readonly print: (line: string) => void;
  /** The whole network shall stop: ends this role while it starts, and makes its end no news. */
  readonly asked: AbortSignal;
}

export class RoleProcess {
  /** 'node 1' */
  readonly name: string;
  /** 'http://127.0.0.1:6969' */
  readonly baseUrl: string;
  readonly pid: number;
  /** Resolves when the role says that it is ready; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(name: string, baseUrl: string, child: ChildProcess, ready: Promise<void>, ended: Promise<void>) {
    this.name = name;
    this.baseUrl = baseUrl;
    this.pid = child.pid ?? 0;
    this.ready = ready;
    this.#child = child;
    this.#ended = ended;
  }

  /**
   * Resolves as soon as the role listens over HTTP. Rejects when it ends before; it has said why on standard error then.
   */
  static async start({ role, number, args, print, asked }: RoleStart): Promise<RoleProcess> {
    asked.throwIfAborted();
    const name = `${role} ${number}`;
    // In a process group of its own a Ctrl-C reaches the parent alone, which drains in order. Should the parent
    // be killed, the closed IPC channel tells the child to drain.
    const child = fork(COMMAND, [role, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], detached: true });
    const listening = Promise.withResolvers<string>();
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    // Whoever awaits `ready` hears of it; until then a rejection must not count as unhandled.
    ready.promise.catch(() => undefined);
    const giveUp = (): void => void child.kill('SIGTERM');
    asked.addEventListener('abort', giveUp);
    const end = (how: string): void => {
      asked.removeEventListener('abort', giveUp);
      const error = new Error(`${name} ended (${how})`);
      listening.reject(error);
      ready.reject(error);
      ended.resolve();
    };
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      const isAsExpected = asked.aborted && (code === 0 || signal === 'SIGTERM');
      if (!isAsExpected) process.stderr.write(`${name} (pid ${child.pid}) ended: ${how}\n`);
      end(how);
    });
    const onLine = (line: string): void => {
      if (asked.aborted) return;
      if (line === 'ready') {
        asked.removeEventListener('abort', giveUp);
        ready.resolve();
        return;
      }
      print(`${name} ${line}`);
      const url = LISTENING.exec(line)?.[1];
      if (url !== undefined) listening.resolve(url);
    };
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
    return new RoleProcess(name, await listening.promise, child, ready.promise, ended.promise);
  }

  /** Lets it drain and waits for its end. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.#ended;
  }
}
