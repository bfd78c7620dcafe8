// How many peers a client is given: what it asks for, within limits.

import { DEFAULT_NUMWANT, MAX_NUMWANT } from './tracker-messages.ts';

/** Negative numbers and NaN mean the default, as no number does. */
export function resolveNumwant(asked: number): number {
  if (!(asked >= 0)) return DEFAULT_NUMWANT;
  return asked > MAX_NUMWANT ? MAX_NUMWANT : asked;
}
