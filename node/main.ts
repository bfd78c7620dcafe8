// `anatomic node`: from the command line to the exit code.

import { readCommand } from '../shared/platform/command.ts';
import { runService } from '../shared/platform/lifecycle.ts';
import { createLog } from '../shared/platform/log.ts';
import { nodeOptions } from './config.ts';
import { startNode } from './service.ts';

/** Beyond the grace of requests in progress: for supernodes to hear of it, jobs to end and counters to be written. */
const SHUTDOWN_MARGIN_MS = 5000;

/** Runs until it is asked to stop. Returns the exit code; throws a UsageError. */
export async function main(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const command = readCommand(nodeOptions, { argv, environment, out: (text) => process.stdout.write(text) });
  if (command === undefined) return 0;
  const { config } = command;
  const log = createLog({ level: config.logLevel, role: 'node' });
  const start = async () => {
    const node = await startNode(config, { log });
    log.info({ id: node.id, mode: config.mode, dataDirectory: config.dataDirectory }, 'node started');
    for (const url of node.urls) process.stdout.write(`listening ${url}\n`);
    void node.ready.then((isReady) => isReady && process.stdout.write('ready\n'));
    return node;
  };
  return runService(start, { graceMs: config.drainMs + config.graceMs + SHUTDOWN_MARGIN_MS, log });
}
