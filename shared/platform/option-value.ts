// Reading one option's value, whichever source it comes from; a wrong one is refused by name.

import { UsageError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { kindOf, type OptionSpec, type Scalar } from './option-kinds.ts';
import type { OptionValue } from './option-table.ts';

/** Reads text from a flag or the environment; `source` ('--http-port') stands in the error. */
export function readText(spec: OptionSpec, text: string, source: string): Scalar {
  const value = kindOf(spec).parse(text, spec);
  if (value === undefined) throw wrongValue(spec, JSON.stringify(text), source);
  return value;
}

/** Reads a default or a value of a configuration file, which must be of the kind's own type: 6969, not '6969'. */
export function readTyped(spec: OptionSpec, raw: unknown, source: string): OptionValue {
  if (spec.isRepeatable !== true) return readTypedScalar(spec, raw, source);
  if (!Array.isArray(raw)) throw wrongValue(spec, describe(raw), source, 'a list');
  return raw.map((item: unknown) => readTypedScalar(spec, item, source));
}

/** The error for a flag or key that nobody knows, with the nearest that somebody knows. */
export function unknownName(what: string, name: string, known: Iterable<string>): UsageError {
  const nearest = nearestName(name, known);
  return new UsageError(`unknown ${what} ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
}

function readTypedScalar(spec: OptionSpec, raw: unknown, source: string): Scalar {
  if (typeof raw !== kindOf(spec).fileType) throw wrongValue(spec, describe(raw), source);
  return readText(spec, String(raw), source);
}

function wrongValue(spec: OptionSpec, shown: string, source: string, expected?: string): UsageError {
  const got = spec.isSecret === true ? 'something else' : shown;
  return new UsageError(`${source}: expected ${expected ?? kindOf(spec).expects(spec)}, got ${got}`);
}

function describe(raw: unknown): string {
  return JSON.stringify(raw, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
