// The kinds of value an option can have: how each is read from text, what it expects, how it is written back.

import { MAX_PORT } from '../protocol/addresses/endpoint.ts';
import { NetworkSet } from '../protocol/addresses/networks.ts';

interface OptionBase {
  /** One or two sentences for `--help` and `--print-config`. */
  readonly help: string;
  /** Heading in `--help`; groups appear in the order of their first option. */
  readonly group?: string;
  /** Stands for the value in `--help`; the kind has a good one. */
  readonly valueName?: string;
  /** Never printed: not by `--print-config`, not in an error. */
  readonly isSecret?: boolean;
}

type OneOrMany<Value> =
  | { readonly isRepeatable?: false; readonly default?: Value }
  | { readonly isRepeatable: true; readonly default?: readonly Value[] };

/** One option. Defaults are written as in a configuration file: '5s' for a duration, '16MiB' for a size. */
export type OptionSpec = OptionBase &
  (
    | ({ readonly kind: 'text' | 'path' | 'cidr' } & OneOrMany<string>)
    | ({
        readonly kind: 'url' /** ['http:', 'https:'] when left out. */;
        readonly protocols?: readonly string[];
      } & OneOrMany<string>)
    | ({
        readonly kind: 'integer' /** 0 when left out. */;
        readonly min?: number;
        readonly max?: number;
      } & OneOrMany<number>)
    | ({ readonly kind: 'port' } & OneOrMany<number>)
    | ({ readonly kind: 'duration' | 'size'; readonly min?: string; readonly max?: string } & OneOrMany<string>)
    | ({ readonly kind: 'choice'; readonly choices: readonly string[] } & OneOrMany<string>)
    | {
        readonly kind: 'boolean';
        readonly isRepeatable?: false /** false when left out. */;
        readonly default?: boolean;
      }
  );

export type Scalar = string | number | boolean;

interface Kind<Spec> {
  readonly valueName: (spec: Spec) => string;
  /** How a configuration file writes it. */
  readonly fileType: 'string' | 'number' | 'boolean';
  /** undefined: the text is not such a value. */
  readonly parse: (text: string, spec: Spec) => Scalar | undefined;
  /** Completes "expected ...". */
  readonly expects: (spec: Spec) => string;
  /** The value as a configuration file writes it; left out: as it is. */
  readonly format?: (value: Scalar) => Scalar;
}

type SpecOf<Name extends OptionSpec['kind']> = Extract<OptionSpec, { readonly kind: Name }>;

const DURATION_UNITS: Units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

const KINDS: { readonly [Name in OptionSpec['kind']]: Kind<SpecOf<Name>> } = {
  text: { valueName: () => 'TEXT', fileType: 'string', parse: notEmpty, expects: () => 'a text' },
  path: { valueName: () => 'PATH', fileType: 'string', parse: notEmpty, expects: () => 'a path' },
  cidr: {
    valueName: () => 'NETWORK',
    fileType: 'string',
    parse: parseNetwork,
    expects: () => 'a network such as 10.0.0.0/8 or fd00::/8',
  },
  url: {
    valueName: () => 'URL',
    fileType: 'string',
    parse: (text, spec) => parseUrl(text, protocolsOf(spec)),
    expects: (spec) => `a URL (${protocolsOf(spec).join(', ')}) without user name and password`,
  },
  integer: {
    valueName: () => 'N',
    fileType: 'number',
    parse: (text, { min = 0, max }) => within(/^-?\d{1,16}$/.test(text) ? Number(text) : undefined, min, max),
    expects: ({ min = 0, max }) => `a whole number ${rangeText(min, max)}`,
  },
  port: {
    valueName: () => 'PORT',
    fileType: 'number',
    parse: (text) => within(/^\d{1,5}$/.test(text) ? Number(text) : undefined, 0, MAX_PORT),
    expects: () => `a port ${rangeText(0, MAX_PORT)}`,
  },
  duration: measure('TIME', 'a time such as 500ms, 5s, 10m, 2h or 1d', DURATION_UNITS),
  size: measure('SIZE', 'a size such as 512B, 64KiB, 16MiB or 1GiB', SIZE_UNITS),
  choice: {
    valueName: ({ choices }) => choices.join('|'),
    fileType: 'string',
    parse: (text, { choices }) => choices.find((choice) => choice === text),
    expects: ({ choices }) => `one of ${choices.join(', ')}`,
  },
  boolean: {
    valueName: () => '',
    fileType: 'boolean',
    parse: (text) => BOOLEANS.get(text.toLowerCase()),
    expects: () => 'true or false',
  },
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** Behaviour of a spec's kind. */
export function kindOf(spec: OptionSpec): Kind<OptionSpec> {
  // Looked up by the spec's own kind, so it is only ever called with specs of that kind.
  return KINDS[spec.kind] as unknown as Kind<OptionSpec>;
}

type Units = Readonly<Record<string, number>>;

function measure(valueName: string, expectation: string, units: Units): Kind<SpecOf<'duration'>> {
  const amount = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseAmount(text, units);
  return {
    valueName: () => valueName,
    fileType: 'string',
    parse: (text, { min, max }) => within(amount(text), amount(min) ?? 0, amount(max)),
    expects: ({ min, max }) => [expectation, rangeText(min, max)].filter((part) => part !== '').join(', '),
    format: (value) => formatAmount(Number(value), units),
  };
}

function parseAmount(text: string, units: Units): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (digits === undefined || factor === undefined) return undefined;
  return Math.round(Number(digits) * factor);
}

/** In the largest unit that leaves no fraction. */
function formatAmount(amount: number, units: Units): string {
  const entries = Object.entries(units);
  const [unit, factor] = entries.findLast(([, size]) => amount >= size && amount % size === 0) ?? entries[0]!;
  return `${amount / factor}${unit}`;
}

function within(value: number | undefined, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

function rangeText(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  if (min !== undefined) return `of at least ${min}`;
  return max === undefined ? '' : `of at most ${max}`;
}

function notEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function parseNetwork(text: string): string | undefined {
  try {
    new NetworkSet([text]);
    return text;
  } catch {
    return undefined;
  }
}

function protocolsOf(spec: SpecOf<'url'>): readonly string[] {
  return spec.protocols ?? ['http:', 'https:'];
}

/** Without a slash at the end, so that a path can follow. */
function parseUrl(text: string, protocols: readonly string[]): string | undefined {
  const url = URL.parse(text);
  if (url === null || !protocols.includes(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return text.replace(/\/+$/, '');
}
