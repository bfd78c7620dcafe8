// A real PostgreSQL of the test run's own, from Debian's package: in a temporary folder, on a Unix socket alone, as a user
// without rights, since it refuses to run as root.

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { RunningProcess } from './running-process.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

const VERSIONS = '/usr/lib/postgresql';
const USER = 'postgres';
/** A test server may lose what it likes when the machine does. */
const SETTINGS = ['fsync=off', 'listen_addresses=', 'max_connections=100', 'shared_buffers=16MB'];

/** Where the newest installed version has its programs. */
function programs(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).map(Number) : [];
  const newest = Math.max(...versions.filter((version) => existsSync(`${VERSIONS}/${version}/bin/initdb`)));
  return Number.isFinite(newest) ? `${VERSIONS}/${newest}/bin` : undefined;
}

export function hasPostgres(): boolean {
  return programs() !== undefined;
}

export class TestPostgres implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();
  readonly #bin = programs() ?? '';
  #server: RunningProcess | undefined;
  #databases = 0;

  static async start(): Promise<TestPostgres> {
    const postgres = new TestPostgres();
    postgres.#initialise();
    await postgres.startAgain();
    return postgres;
  }

  /** A new database, and the URL by which it is reached. */
  async database(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query(`create database ${name}`);
    return this.#url(name);
  }

  /** Runs one statement in a database of this server's. */
  async query(text: string, url = this.#url('postgres')): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(text);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Starts the server after `stop`, with the same data. */
  async startAgain(): Promise<void> {
    const { path } = this.#folder;
    const settings = [...SETTINGS, `unix_socket_directories=${path}`].flatMap((setting) => ['-c', setting]);
    const [command = '', ...args] = unprivileged([`${this.#bin}/postgres`, '-D', join(path, 'data'), ...settings]);
    const server = new RunningProcess(command, args, { cwd: path });
    this.#server = server;
    await until(
      () =>
        server.hasEnded ||
        this.query('select 1').then(
          () => true,
          () => false,
        ),
    );
    if (server.hasEnded) throw new Error(`PostgreSQL did not start:\n${server.stderrLines.join('\n')}`);
  }

  /** Ends the server at once; whoever is connected is cut off. */
  async stop(): Promise<void> {
    await this.#server?.stop('SIGINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#folder.remove();
  }

  #initialise(): void {
    const { path } = this.#folder;
    if (process.getuid?.() === 0) chownSync(path, idOf('-u'), idOf('-g'));
    const options = ['-D', join(path, 'data'), '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const [command = '', ...args] = unprivileged([`${this.#bin}/initdb`, ...options]);
    execFileSync(command, args, { cwd: path, stdio: 'ignore' });
  }

  #url(database: string): string {
    return `postgres:///${database}?host=${this.#folder.path}&user=${USER}`;
  }
}

function unprivileged(line: string[]): string[] {
  if (process.getuid?.() !== 0) return line;
  return ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...line];
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, USER]));
}
