// From one option table to a checked configuration: default < file (--config FILE) < environment < flag.

import { readFileSync } from 'node:fs';
import { parse as parseToml, TomlError } from 'smol-toml';
import { UsageError } from '../errors.ts';
import { fileReason } from './files.ts';
import { readFlags } from './option-flags.ts';
import { configText, helpText } from './option-help.ts';
import {
  type ConfigOf,
  environmentName,
  flagName,
  type OptionSpecs,
  type OptionTable,
  type OptionValue,
  propertyName,
} from './option-table.ts';
import { readText, readTyped, unknownName } from './option-value.ts';

export { configDocument } from './option-help.ts';
export { type ConfigOf, defineOptions, type OptionSpecs, type OptionTable } from './option-table.ts';

export interface OptionInput {
  /** The arguments after the command's name. */
  readonly argv: readonly string[];
  /** Empty variables count as unset; unknown ones are left alone, since all roles may share one environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the configuration file as UTF-8 text; from the disk when left out. */
  readonly readFile?: (file: string) => string;
}

export type ParsedOptions<Table> =
  | { readonly kind: 'config'; readonly config: ConfigOf<Table>; readonly positionals: readonly string[] }
  /** The user asked for the help text or the configuration: for standard output, then exit code 0. */
  | { readonly kind: 'help' | 'print'; readonly text: string };

type Values = ReadonlyMap<string, OptionValue>;

/** Options of every command that are no part of its configuration; `--help` is looked for before anything else. */
const COMMON_OPTIONS = {
  config: { kind: 'path', help: 'Configuration file.' },
  printConfig: { kind: 'boolean', help: 'Print the configuration.' },
} satisfies OptionSpecs;

/** Throws a UsageError naming the flag, variable or key that is unknown or has a wrong value. */
export function parseOptions<Specs extends OptionSpecs>(
  table: OptionTable<Specs>,
  input: OptionInput,
): ParsedOptions<OptionTable<Specs>> {
  const { argv, env, readFile = readTextFile } = input;
  if (asksForHelp(argv)) return { kind: 'help', text: helpText(table) };

  const flags = readFlags({ ...table.options, ...COMMON_OPTIONS }, argv);
  const environment = readEnvironment({ ...table.options, config: COMMON_OPTIONS.config }, env);
  const file = flags.values.get('config') ?? environment.get('config');
  const fromFile = file === undefined ? new Map() : readConfigFile(table.options, String(file), readFile);
  const layers: readonly Values[] = [flags.values, environment, fromFile, readDefaults(table.options)];

  const config: Record<string, OptionValue | undefined> = {};
  for (const [name, spec] of Object.entries(table.options)) {
    config[propertyName(name, spec)] = layers.find((layer) => layer.has(name))?.get(name);
  }
  if (flags.values.get('printConfig') === true) return { kind: 'print', text: configText(table, config) };
  checkPositionals(table, flags.positionals);
  // Each member was read by the kind from which its type is derived.
  return { kind: 'config', config: config as ConfigOf<OptionTable<Specs>>, positionals: flags.positionals };
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes('--help') || flags.includes('-h');
}

/** A repeatable option is separated by commas or spaces. */
function readEnvironment(specs: OptionSpecs, env: OptionInput['env']): Values {
  const values = new Map<string, OptionValue>();
  for (const [name, spec] of Object.entries(specs)) {
    const variable = environmentName(name);
    const text = env[variable]?.trim();
    if (text === undefined || text === '') continue;
    const read = (part: string) => readText(spec, part, variable);
    values.set(
      name,
      spec.isRepeatable === true
        ? text
            .split(/[\s,]+/)
            .filter(Boolean)
            .map(read)
        : read(text),
    );
  }
  return values;
}

function readConfigFile(specs: OptionSpecs, file: string, readFile: (file: string) => string): Values {
  const names = new Map(Object.keys(specs).map((name) => [flagName(name), name]));
  const values = new Map<string, OptionValue>();
  for (const [key, raw] of Object.entries(parseFile(file, readFile))) {
    const name = names.get(key);
    if (name === undefined) throw unknownName(`key in ${file}:`, key, names.keys());
    values.set(name, readTyped(specs[name]!, raw, `${key} in ${file}`));
  }
  return values;
}

function parseFile(file: string, readFile: (file: string) => string): Record<string, unknown> {
  try {
    return parseToml(readFile(file));
  } catch (error) {
    if (error instanceof TomlError) throw new UsageError(`${file}, line ${error.line}: ${tomlReason(error)}`);
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? fileReason(error) : String(error)}`);
  }
}

/** Of several lines the first says what is wrong; the others quote the file, which may hold secrets. */
function tomlReason({ message, column }: TomlError): string {
  const [reason = ''] = message.replace(/^Invalid TOML document: /, '').split('\n');
  return `not TOML (column ${column}): ${reason}`;
}

function readTextFile(file: string): string {
  return readFileSync(file, 'utf8');
}

function readDefaults(specs: OptionSpecs): Values {
  const values = new Map<string, OptionValue>();
  for (const [name, spec] of Object.entries(specs)) {
    const preset = spec.default ?? presetOf(spec);
    if (preset !== undefined) values.set(name, readTyped(spec, preset, `default of ${name}`));
  }
  return values;
}

/** What an option without a default in the table has. */
function presetOf(spec: OptionSpecs[string]): [] | false | undefined {
  if (spec.isRepeatable === true) return [];
  return spec.kind === 'boolean' ? false : undefined;
}

function checkPositionals(table: OptionTable<OptionSpecs>, positionals: readonly string[]): void {
  const { name, min, max } = table.positionals ?? { name: 'arguments', min: 0, max: 0 };
  const surplus = positionals[max];
  if (surplus !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(surplus)}`);
  if (positionals.length < min) throw new UsageError(`${name} is missing`);
  // As a variable that is not set leaves it: as a path it would be the folder of the moment.
  if (positionals.includes('')) throw new UsageError(`${name} is empty`);
}
