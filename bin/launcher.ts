// Ending with npm. `npm start` and `npx` put a shell between themselves and the command, and a signal sent to npm ends
// that shell without reaching the command: the end of the shell is then the request to stop.

import type { Environment } from '../shared/platform/user-directories.ts';

const LOOK_EVERY_MS = 250;

/**
 * Tells whoever listens for the end of the parent, as the lifecycle of a service does, that the shell of npm is gone.
 * Does nothing for a command that was started without npm, which may outlive its shell, or that has a parent on an IPC channel.
 */
export function endWithNpm(environment: Environment): void {
  if (environment.npm_lifecycle_event === undefined || process.send !== undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.emit('disconnect');
  }, LOOK_EVERY_MS);
  timer.unref();
}
