// The two kinds of error that somebody other than a developer reads.

/** What an error may carry besides its message. */
export interface PublicErrorDetails {
  /** HTTP status of the answer; 400 when left out. */
  readonly status?: number;
  /** Seconds after which the same bytes may be tried again; left out: do not retry. */
  readonly retrySeconds?: number;
  readonly cause?: unknown;
}

/** An error whose message may be shown to a stranger; `code` is stable and meant for programs. */
export class PublicError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retrySeconds: number | undefined;

  constructor(code: string, message: string, details: PublicErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = details.status ?? 400;
    this.retrySeconds = details.retrySeconds;
  }
}

/** A wrong flag, environment variable or configuration value: one line and a hint, exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
