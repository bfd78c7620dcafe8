// Starts the command `anatomic` from the sources as a real process.

import { fileURLToPath } from 'node:url';
import { type ProcessOptions, RunningProcess } from './running-process.ts';

const COMMAND = fileURLToPath(new URL('../../bin/anatomic.ts', import.meta.url));

export function startAnatomic(args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  return new RunningProcess(process.execPath, [COMMAND, ...args], options);
}
