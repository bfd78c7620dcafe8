// Reading the query of a GET of the control plane: every value is checked by a pattern before anybody uses it.

import type { Request } from 'express';
import { PublicError } from '../../shared/errors.ts';

/** How a parameter is written; `example` stands in the error. */
export interface Form {
  readonly pattern: RegExp;
  readonly example: string;
}

export const CHALLENGE: Form = { pattern: /^[0-9a-f]{32}$/, example: '32 lower-case hex digits' };
export const FEED: Form = { pattern: /^[0-9a-f]{16}$/, example: '16 lower-case hex digits' };
export const MEMBER_ID: Form = { pattern: /^[0-9a-f]{64}$/, example: '64 lower-case hex digits' };
export const HASH: Form = { pattern: /^[0-9a-fA-F]{40}$|^[0-9a-fA-F]{64}$/, example: '40 or 64 hex digits' };
export const HASH_20: Form = { pattern: /^[0-9a-f]{40}$/, example: '40 lower-case hex digits' };
export const FIRST_BYTE: Form = { pattern: /^[0-9a-f]{2}$/, example: '2 lower-case hex digits' };
export const FIRST_BYTES: Form = { pattern: /^[0-9a-f]{4}$/, example: '4 lower-case hex digits' };
export const NUMBER: Form = { pattern: /^\d{1,15}$/, example: 'a whole number' };

/** The values of a parameter, at most `max`; throws PublicError 'query'. */
export function readValues(request: Request, name: string, form: Form, max: number): string[] {
  const given = request.query[name];
  const values: unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  const isGood = (value: unknown): value is string => typeof value === 'string' && form.pattern.test(value);
  if (values.length > max || !values.every(isGood)) {
    const count = max === 1 ? '' : `up to ${max} times `;
    throw new PublicError('query', `${request.path} takes ${name} ${count}as ${form.example}`);
  }
  return values;
}

/** The one value; throws PublicError 'query' when it is missing. */
export function readValue(request: Request, name: string, form: Form): string {
  const [value] = readValues(request, name, form, 1);
  if (value === undefined) throw new PublicError('query', `${request.path} needs ${name}, ${form.example}`);
  return value;
}

/** The one value, or `absent`; throws PublicError 'query'. */
export function readOptional<Absent>(request: Request, name: string, form: Form, absent: Absent): string | Absent {
  return readValues(request, name, form, 1)[0] ?? absent;
}
