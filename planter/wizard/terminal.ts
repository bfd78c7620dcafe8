// The wizard on the terminal of this process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Environment, stateDirectory } from '../../shared/platform/user-directories.ts';
import type { PlantWish } from '../plant.ts';
import type { Surroundings, Tools } from '../surroundings.ts';
import { terminalDialogue } from './dialogue.ts';
import { LastFolder } from './last-folder.ts';
import { fileManager, openFolder } from './open-folder.ts';
import { DEFAULT_COLUMNS, DEFAULT_ROWS } from './paint.ts';
import { EXIT_INTERRUPTED, runWizard } from './wizard.ts';

/** Returns the exit code. `networkFlags` say to other commands which network it is. */
export async function plantInTerminal(
  wish: PlantWish,
  tools: Tools,
  environment: Environment,
  { folder }: Surroundings,
  networkFlags: readonly string[],
): Promise<number> {
  const program = fileManager(process.platform, environment);
  const code = await runWizard(wish, {
    tools,
    dialogue: terminalDialogue,
    screen: {
      write: (text) => process.stdout.write(text),
      columns: () => process.stdout.columns ?? DEFAULT_COLUMNS,
      rows: () => process.stdout.rows ?? DEFAULT_ROWS,
    },
    keys: process.stdin,
    lastFolder: new LastFolder(join(stateDirectory(environment), 'wizard.json'), folder),
    openFolder: program === undefined ? undefined : (path) => openFolder(program, path),
    seed: (torrent, data) => runCommand(['seed', torrent, '--data', data, ...networkFlags]),
  });
  // What was stopped may still wait for an answer from somewhere; the user does not.
  if (code === EXIT_INTERRUPTED) process.exit(code);
  return code;
}

/** The program that this process runs, once more. */
async function runCommand(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [process.argv[1]!, ...args], { stdio: 'inherit' });
  // Ctrl-C is for the child; this process ends when it does.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    process.off('SIGINT', ignore);
  }
}
