// What an option table says about itself: the help text, and the effective configuration as a TOML document.

import { stringify } from 'smol-toml';
import { kindOf, type OptionSpec, type Scalar } from './option-kinds.ts';
import {
  environmentName,
  flagName,
  type OptionSpecs,
  type OptionTable,
  type OptionValue,
  propertyName,
} from './option-table.ts';
import { wrap } from './wrap.ts';

const LINE_WIDTH = 80;
const HELP_COLUMN = 28;
const OTHER_GROUP = 'Options';
const COMMON_OPTIONS = [
  ['--config FILE', `Read options from a TOML file. (${environmentName('config')})`],
  ['--print-config', 'Print the configuration in effect as such a file, and end.'],
  ['-h, --help', 'Print this text, and end.'],
] as const;

/** Everything that `--help` prints. */
export function helpText(table: OptionTable<OptionSpecs>): string {
  const { positionals } = table;
  const argument = positionals === undefined ? '' : ` ${positionals.name}${positionals.max > 1 ? '...' : ''}`;
  const sections = groupsOf(table).map(([group, options]) =>
    [`${group}:`, ...options.map(([name, spec]) => entry(signature(name, spec), description(name, spec)))].join('\n'),
  );
  return `${[
    `Usage: ${table.command} [OPTIONS]${argument}`,
    wrap(table.summary, LINE_WIDTH).join('\n'),
    ...sections,
    ['General:', ...COMMON_OPTIONS.map(([left, right]) => entry(left, right))].join('\n'),
  ].join('\n\n')}\n`;
}

/** The effective configuration as a file that `--config` reads; options without a value and secrets stand there as comments. */
export function configText(
  table: OptionTable<OptionSpecs>,
  config: Readonly<Record<string, OptionValue | undefined>>,
): string {
  const sections = groupsOf(table).map(([group, options]) => {
    const lines = options.map(([name, spec]) => configEntry(name, spec, config[propertyName(name, spec)]));
    return [`# ${group}`, ...lines].join('\n\n');
  });
  return `${sections.join('\n\n')}\n`;
}

/** The same for programs: by key, what has a value, with `true` in place of a secret. */
export function configDocument(
  table: OptionTable<OptionSpecs>,
  config: Readonly<Record<string, OptionValue | undefined>>,
): Record<string, OptionValue> {
  const document: Record<string, OptionValue> = {};
  for (const [name, spec] of Object.entries(table.options)) {
    const value = config[propertyName(name, spec)];
    if (!isSet(value)) continue;
    document[flagName(name)] = spec.isSecret === true ? true : written(spec, value);
  }
  return document;
}

function isSet(value: OptionValue | undefined): value is OptionValue {
  return value !== undefined && !(typeof value === 'object' && value.length === 0);
}

function configEntry(name: string, spec: OptionSpec, value: OptionValue | undefined): string {
  const comment = wrap(spec.help, LINE_WIDTH - 2).map((line) => `# ${line}`);
  return [...comment, configLine(flagName(name), spec, value)].join('\n');
}

function configLine(key: string, spec: OptionSpec, value: OptionValue | undefined): string {
  if (value === undefined || (spec.isSecret === true && !isSet(value))) return `# ${key} =`;
  if (spec.isSecret === true) return `# ${key} is set and not printed`;
  return stringify({ [key]: written(spec, value) }).trimEnd();
}

/** A value as a configuration file writes it. */
function written(spec: OptionSpec, value: OptionValue): OptionValue {
  const format = kindOf(spec).format ?? ((scalar: Scalar) => scalar);
  return typeof value === 'object' ? value.map(format) : format(value);
}

function groupsOf(table: OptionTable<OptionSpecs>): [group: string, options: [name: string, spec: OptionSpec][]][] {
  const options = Object.entries(table.options);
  return [...Map.groupBy(options, ([, spec]) => spec.group ?? OTHER_GROUP)];
}

function signature(name: string, spec: OptionSpec): string {
  if (spec.kind === 'boolean') return spec.default === true ? `--[no-]${flagName(name)}` : `--${flagName(name)}`;
  return `--${flagName(name)} ${spec.valueName ?? kindOf(spec).valueName(spec)}`;
}

function description(name: string, spec: OptionSpec): string {
  const notes: string[] = [];
  if (spec.isRepeatable === true) notes.push('may be repeated');
  const preset = [spec.default ?? []].flat().join(', ');
  if (preset !== '' && spec.isSecret !== true) notes.push(`default: ${preset}`);
  notes.push(environmentName(name));
  return `${spec.help} (${notes.join('; ')})`;
}

/** The option on the left, its text wrapped on the right, below it when the option is too long. */
function entry(left: string, text: string): string {
  const lines = wrap(text, LINE_WIDTH - HELP_COLUMN);
  const indented = lines.map((line) => ' '.repeat(HELP_COLUMN) + line);
  if (left.length > HELP_COLUMN - 4) return [`  ${left}`, ...indented].join('\n');
  return [`  ${left}`.padEnd(HELP_COLUMN) + (lines[0] ?? ''), ...indented.slice(1)].join('\n');
}
