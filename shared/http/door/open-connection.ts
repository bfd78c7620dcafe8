// What the HTTP door knows of a connection, whoever reads it: a socket of Node.js or the addon.

export interface OpenConnection {
  /** Unix milliseconds after which the connection is to be destroyed. */
  readonly deadlineMs: number;
  /** Closes at once when nothing was asked, else after the next answer. */
  drain(): void;
  destroy(): void;
}
