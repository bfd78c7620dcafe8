// Where a user's own files live (XDG Base Directory Specification): its variables count when they hold absolute paths.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** For what the user would not want to lose: the key. */
export function configDirectory(environment: Environment): string {
  return join(baseDirectory(environment, 'XDG_CONFIG_HOME', '.config'), 'anatomic');
}

/** For what only saves time: the supernodes that worked. */
export function stateDirectory(environment: Environment): string {
  return join(baseDirectory(environment, 'XDG_STATE_HOME', join('.local', 'state')), 'anatomic');
}

function baseDirectory(environment: Environment, variable: string, fallback: string): string {
  const directory = environment[variable] ?? '';
  if (isAbsolute(directory)) return directory;
  return join(environment.HOME || homedir(), fallback);
}
