// What goes wrong within the engine, in words for the user.

import { PublicError } from '../../shared/errors.ts';

export function engineError(error: Error | string): PublicError {
  if (error instanceof PublicError) return error;
  const cause = error instanceof Error ? error : new Error(error);
  return new PublicError('engine', cause.message, { cause });
}
