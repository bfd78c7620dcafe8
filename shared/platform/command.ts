// How every command begins: it reads its options, or prints what the user asked to know about them.

import { type OptionSpecs, type OptionTable, type ParsedOptions, parseOptions } from './options.ts';
import type { Environment } from './user-directories.ts';

export interface CommandLine {
  /** The arguments after the command's name. */
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** Standard output. */
  readonly out: (text: string) => void;
}

type Command<Specs extends OptionSpecs> = Extract<ParsedOptions<OptionTable<Specs>>, { readonly kind: 'config' }>;

/** undefined: the help text or the configuration was printed, and the command has succeeded. Throws a UsageError. */
export function readCommand<Specs extends OptionSpecs>(
  table: OptionTable<Specs>,
  { argv, environment, out }: CommandLine,
): Command<Specs> | undefined {
  const parsed = parseOptions(table, { argv, env: environment });
  if (parsed.kind === 'config') return parsed;
  out(parsed.text);
  return undefined;
}
