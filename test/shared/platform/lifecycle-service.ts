// A process for lifecycle.test.ts: it tells its parent what happens. Argument: 'drains' or 'hangs'.

import { runService } from '../../../shared/platform/lifecycle.ts';
import { createLog } from '../../../shared/platform/log.ts';

const timer = setInterval(() => {}, 60_000);

const stop = async (): Promise<void> => {
  process.stdout.write('stopping\n');
  if (process.argv[2] === 'hangs') await new Promise(() => {});
  clearInterval(timer);
  process.stdout.write('stopped\n');
};

const start = async () => {
  process.stdout.write('ready\n');
  return { stop };
};

process.exitCode = await runService(start, {
  graceMs: 60_000,
  log: createLog({ level: 'info', role: 'test' }),
  echoMs: 0,
});
