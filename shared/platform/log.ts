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

export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: { role: options.role },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? destination({ fd: STDERR, sync: true }),
  );
}
