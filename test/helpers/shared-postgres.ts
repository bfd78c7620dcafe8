// The PostgreSQL that the tests of one run share.

import { TestPostgres } from './postgres.ts';

let ofThisRun: Promise<TestPostgres> | undefined;

/** A server for all tests of this run that do not stop it, started when it is needed first. */
export function sharedPostgres(): Promise<TestPostgres> {
  ofThisRun ??= TestPostgres.start();
  return ofThisRun;
}

// Registered while test files are loaded, and so run after all of them.
after(async () => {
  if (ofThisRun !== undefined) await (await ofThisRun)[Symbol.asyncDispose]();
});
