// Shows a folder in the file manager of this desktop.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../../shared/platform/user-directories.ts';

/** The program that does; undefined where nobody would see it, as over SSH. */
export function fileManager(platform: NodeJS.Platform, { DISPLAY, WAYLAND_DISPLAY }: Environment): string | undefined {
  if (platform === 'darwin') return 'open';
  if (platform === 'win32') return 'explorer';
  const hasDisplay = (DISPLAY ?? '') !== '' || (WAYLAND_DISPLAY ?? '') !== '';
  return hasDisplay ? 'xdg-open' : undefined;
}

/** Resolves when the program has begun, or cannot: whoever calls has told the path already. */
export async function openFolder(program: string, folder: string): Promise<void> {
  const child = spawn(program, [folder], { detached: true, stdio: 'ignore' });
  child.unref();
  await once(child, 'spawn').catch(() => undefined);
}
