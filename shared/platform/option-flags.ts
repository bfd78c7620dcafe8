// Reading a command line: --flag value, --flag=value, --flag and --no-flag for booleans; `--` ends the flags.

import { parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';
import type { OptionSpec } from './option-kinds.ts';
import { flagName, type OptionSpecs, type OptionValue } from './option-table.ts';
import { readText, unknownName } from './option-value.ts';

export interface Flags {
  /** By the name in the table; of a flag given twice the last counts, a repeatable one collects. */
  readonly values: ReadonlyMap<string, OptionValue>;
  readonly positionals: readonly string[];
}

interface Flag {
  readonly name: string;
  readonly spec: OptionSpec;
  readonly isNegation: boolean;
}

/** Throws a UsageError for an unknown flag and for a wrong value. */
export function readFlags(specs: OptionSpecs, argv: readonly string[]): Flags {
  const known = knownFlags(specs);
  const options = Object.fromEntries(
    [...known].map(([flag, { spec }]) => [
      flag,
      { type: spec.kind === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, OptionValue>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = token.rawName.startsWith('--') ? known.get(token.name) : undefined;
    if (flag === undefined) {
      const names = [...known.keys()].map((name) => `--${name}`);
      throw unknownName('option', token.rawName, names);
    }
    takeFlag(values, flag, token);
  }
  return { values, positionals };
}

function knownFlags(specs: OptionSpecs): Map<string, Flag> {
  const known = new Map<string, Flag>();
  for (const [name, spec] of Object.entries(specs)) {
    known.set(flagName(name), { name, spec, isNegation: false });
    if (spec.kind === 'boolean') known.set(`no-${flagName(name)}`, { name, spec, isNegation: true });
  }
  return known;
}

interface FlagToken {
  readonly rawName: string;
  readonly value: string | undefined;
  /** False when the value is the next argument. */
  readonly inlineValue: boolean | undefined;
}

function takeFlag(values: Map<string, OptionValue>, { name, spec, isNegation }: Flag, token: FlagToken): void {
  const { rawName, value } = token;
  if (isNegation) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    values.set(name, false);
  } else if (value === undefined || (token.inlineValue === false && value.length > 1 && value.startsWith('-'))) {
    if (spec.kind !== 'boolean') throw new UsageError(`${rawName} needs a value`);
    values.set(name, true);
  } else {
    const read = readText(spec, value, rawName);
    values.set(name, spec.isRepeatable === true ? [values.get(name) ?? [], read].flat() : read);
  }
}
