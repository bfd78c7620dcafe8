// Runs every command of the README as it is written there, in order, in a copy of this checkout.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { hasProgram, need } from '../helpers/needs.ts';
import { RunningProcess } from '../helpers/running-process.ts';
import { until } from '../helpers/until.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
/** Where npm writes down what it has installed. */
const INSTALLED = '.package-lock.json';
/** Commands that run until they are stopped, and what they print when they have begun. */
const LASTING: readonly (readonly [command: RegExp, begun: RegExp])[] = [
  [/^npm start$/, /^ready$/],
  [/^npx anatomic (node|supernode) (?!.*(--help|--print-config))/, /^ready$/],
  [/^aria2c .*--seed-ratio=0\.0/, /Seeding|SEED|seed|NOTICE/],
];

describe('README.md', () => {
  let folder: string;
  const running: RunningProcess[] = [];

  before(async function () {
    need(this, hasProgram('aria2c'), 'aria2');
    folder = await copyOfCheckout();
  });

  after(async () => {
    for (const process of running.reverse()) await process.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('has only commands that work as they are written', async () => {
    const commands = await shellCommands(join(CHECKOUT, 'README.md'));
    expect(commands).to.include('npm start');
    for (const command of commands) {
      const begun = LASTING.find(([pattern]) => pattern.test(command))?.[1];
      if (begun === undefined) await runToEnd(command, folder);
      else running.push(await startLasting(command, begun, folder));
    }
    expect(await digest(join(folder, 'downloads/holiday.bin'))).to.equal(await digest(join(folder, 'holiday.bin')));
  });
});

/** The lines of all `sh` blocks. */
async function shellCommands(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

async function startLasting(command: string, begun: RegExp, cwd: string): Promise<RunningProcess> {
  // `exec` makes the shell give way to the program, so that a signal to the process reaches it.
  const process = new RunningProcess('bash', ['-c', `exec ${command}`], { cwd, environment: userFolders(cwd) });
  await process.line(begun);
  return process;
}

async function runToEnd(command: string, cwd: string): Promise<void> {
  await promisify(execFile)('bash', ['-c', command], { cwd, env: { ...process.env, ...userFolders(cwd) } });
}

/** The user's own configuration stays out of the test. */
function userFolders(cwd: string): Record<string, string> {
  return { HOME: cwd, XDG_CONFIG_HOME: join(cwd, '.config'), XDG_STATE_HOME: join(cwd, '.state') };
}

/** What a fresh checkout has not. */
function isLeftOut(path: string): boolean {
  return ['.git', 'build', 'data', 'dist', 'node_modules'].includes(relative(CHECKOUT, path));
}

async function copyOfCheckout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'anatomic-readme-'));
  await cp(CHECKOUT, folder, { recursive: true, filter: (path) => !isLeftOut(path) });
  await linkPackages(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Each by itself, in a folder of its own: whatever installs or removes there never reaches the packages of this checkout. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) await symlink(join(from, name), join(to, name));
  // Copied later than the list of packages, by whose times an installation would be thought to be due.
  await rm(join(to, INSTALLED));
  await copyFile(join(from, INSTALLED), join(to, INSTALLED));
}

async function digest(file: string): Promise<string> {
  await until(async () => (await stat(file).catch(() => undefined)) !== undefined);
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
