// Errors of the network in words that help the user.

import { PublicError } from '../errors.ts';

/** What to tell; a defect of ours is thrown on instead. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof PublicError)) throw error;
  // What strangers are not told of an address, the user of this very machine may know.
  const isHidden = error.code === 'unreachable' || error.code === 'address';
  return isHidden && error.cause instanceof Error ? error.cause.message : error.message;
}
