// Reading the query of a GET of the control plane: every parameter is checked by a pattern before anybody uses it.

import type { Request } from 'express';
import { PublicError } from '../../shared/errors.ts';

/** The one value of a parameter; throws PublicError 'query' when it is missing, repeated or not of the form. */
export function readParameter(request: Request, name: string, form: RegExp, example: string): string {
  const value = request.query[name];
  if (typeof value !== 'string' || !form.test(value)) {
    throw new PublicError('query', `${request.path} needs ${name}, ${example}`);
  }
  return value;
}
