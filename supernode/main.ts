// `anatomic supernode`: from the command line to the exit code.

import { readCommand } from '../shared/platform/command.ts';
import { runService } from '../shared/platform/lifecycle.ts';
import { createLog } from '../shared/platform/log.ts';
import { supernodeOptions } from './config.ts';
import { startSupernode } from './service.ts';

/** Beyond the grace of requests in progress: for jobs to end. */
const SHUTDOWN_MARGIN_MS = 5000;

/** Runs until it is asked to stop. Returns the exit code; throws a UsageError. */
export async function main(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const command = readCommand(supernodeOptions, { argv, environment, out: (text) => process.stdout.write(text) });
  if (command === undefined) return 0;
  const { config } = command;
  const log = createLog({ level: config.logLevel, role: 'supernode' });
  const start = async () => {
    const supernode = await startSupernode(config, { log });
    log.info({ id: supernode.id, dataDirectory: config.dataDirectory }, 'supernode started');
    process.stdout.write(`listening ${supernode.announceUrl}\nready\n`);
    return supernode;
  };
  return runService(start, { graceMs: config.graceMs + SHUTDOWN_MARGIN_MS, log });
}
