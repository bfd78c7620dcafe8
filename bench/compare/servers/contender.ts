// What the benchmark must know of a tracker to run it.

import type { Mode } from '../../load/workload.ts';

export interface Setup {
  /** Of HTTP and UDP on 127.0.0.1. */
  readonly port: number;
  /** An empty folder for its files, readable by everyone. */
  readonly folder: string;
  /** Info hashes in hex, one a line: every torrent that will be announced. */
  readonly listHashes: () => Promise<string>;
}

export interface Contender {
  /** Short, for flags: 'opentracker-1'. */
  readonly name: string;
  /** For tables: 'opentracker, 1 UDP worker'. */
  readonly title: string;
  readonly modes: readonly Mode[];
  /** True when filling in millions of peers would take minutes. */
  readonly isSlow: boolean;
  /** How long it may still be busy with its own start after it answers. */
  readonly settleMs: number;
  /** Undefined when it is not installed. */
  version(): Promise<string | undefined>;
  /** Writes its configuration and returns the program with its arguments. */
  command(setup: Setup): Promise<readonly string[]>;
}
