// Structured logs, one JSON object per line. Callers never log peers' addresses.

import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Which role speaks, on every line: 'node', 'supernode', 'planter'. */
  readonly role: string;
  /** Where lines go; standard error when left out, since standard output is for data. */
  readonly destination?: DestinationStream;
}

const STDERR = 2;
/** How much waits to be written while the disk is full; lines beyond are lost. */
const MAX_WAITING_BYTES = 1024 * 1024;

export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: { role: options.role },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? standardError(),
  );
}

/** Without a listener an error of writing would be thrown at whoever logs: a service goes on without its log. */
function standardError(): DestinationStream {
  const stream = destination({ fd: STDERR, sync: true, maxLength: MAX_WAITING_BYTES });
  stream.on('error', () => undefined);
  return stream;
}
