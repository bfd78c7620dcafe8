// Starts the command `anatomic` from the sources as a real process.

import { fileURLToPath } from 'node:url';
import { type ProcessOptions, RunningProcess } from './running-process.ts';

const COMMAND = fileURLToPath(new URL('../../bin/anatomic.ts', import.meta.url));
/** Where the runtime keeps what it has compiled: the next process starts with a third of the work. */
const COMPILED = fileURLToPath(new URL('../../build/compiled', import.meta.url));

export function startAnatomic(args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const environment = { NODE_COMPILE_CACHE: COMPILED, ...options.environment };
  return new RunningProcess(process.execPath, [COMMAND, ...args], { ...options, environment });
}

/** The same, in a process that may not make any file longer: as with a full disk, but for the error's name. */
export function startWithoutRoom(args: readonly string[]): RunningProcess {
  return new RunningProcess('sh', ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, COMMAND, ...args]);
}
