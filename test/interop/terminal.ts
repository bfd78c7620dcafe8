// A program in a real terminal: tmux holds the screen, keys go in and the text comes out.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '../helpers/until.ts';

const run = promisify(execFile);
const WIDE = { columns: 100, rows: 60 };
const WAIT_MS = 20_000;

export class Terminal implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** The screen stays when the program has ended, with its exit code below. */
  static async open(
    line: readonly string[],
    options: {
      readonly cwd: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly size?: { readonly columns: number; readonly rows: number };
    },
  ): Promise<Terminal> {
    const terminal = new Terminal(`anatomic-${process.pid}-${Math.trunc(performance.now() * 1000)}`);
    const variables = Object.entries(options.environment).map(([name, value]) => `${name}=${value}`);
    const shell = `${['env', ...variables, ...line].map(quote).join(' ')}; echo "exit code $?"; sleep 1000`;
    const { columns, rows } = options.size ?? WIDE;
    const place = ['-x', `${columns}`, '-y', `${rows}`, '-c', options.cwd];
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...place, shell);
    return terminal;
  }

  /** 'Enter', 'C-c', 'Down' and their like, or text. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#tmux('send-keys', key);
  }

  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** With what scrolled out of it. */
  async screen(): Promise<string> {
    return (await this.#tmux('capture-pane', '-p', '-S', '-')).trimEnd();
  }

  /** What a user sees now. */
  async visible(): Promise<string> {
    return (await this.#tmux('capture-pane', '-p')).trimEnd();
  }

  /** Waits until the screen shows it; returns the screen. */
  async shows(pattern: RegExp): Promise<string> {
    let screen = '';
    try {
      return await until(
        async () => {
          screen = await this.screen();
          return pattern.test(screen) ? screen : undefined;
        },
        { timeoutMs: WAIT_MS },
      );
    } catch {
      throw new Error(`the screen does not show ${pattern}:\n${screen}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    return (await run('tmux', ['-L', this.#socket, ...args])).stdout;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
