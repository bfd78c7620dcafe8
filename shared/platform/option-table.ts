// A role's options as one table, and the names and types that follow from it.

import type { OptionSpec, Scalar } from './option-kinds.ts';

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type OptionValue = Scalar | readonly Scalar[];

export interface OptionTable<Specs extends OptionSpecs> {
  /** What the user types before the options: 'anatomic node'. */
  readonly command: string;
  /** First paragraph of the help text. */
  readonly summary: string;
  /** Arguments that are no options; left out: there are none. */
  readonly positionals?: { /** 'FILE' */ readonly name: string; readonly min: number; readonly max: number };
  /** Keys in camelCase: `httpPort` is --http-port, ANATOMIC_HTTP_PORT and http-port in a configuration file. */
  readonly options: Specs;
}

type ScalarOf<Spec> = Spec extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Spec extends { readonly kind: 'boolean' }
    ? boolean
    : Spec extends { readonly kind: 'integer' | 'port' | 'duration' | 'size' }
      ? number
      : string;

type ValueOf<Spec> = Spec extends { readonly isRepeatable: true }
  ? readonly ScalarOf<Spec>[]
  : Spec extends { readonly kind: 'boolean' } | { readonly default: Scalar }
    ? ScalarOf<Spec>
    : ScalarOf<Spec> | undefined;

type PropertyOf<Name extends string, Spec> = Spec extends { readonly kind: 'duration' }
  ? `${Name}Ms`
  : Spec extends { readonly kind: 'size' }
    ? `${Name}Bytes`
    : Name;

type ConfigOfSpecs<Specs> = {
  readonly [Name in keyof Specs & string as PropertyOf<Name, Specs[Name]>]: ValueOf<Specs[Name]>;
};

/**
 * The configuration that a table describes. A duration `probeInterval` becomes `probeIntervalMs`, a size `cache` becomes `cacheBytes`;
 * a repeatable option is a list; any other without a default may be undefined (a boolean is false then).
 */
export type ConfigOf<Table> = Table extends OptionTable<infer Specs> ? ConfigOfSpecs<Specs> : never;

/** Keeps the literal types of the table, from which `ConfigOf` is derived. */
export function defineOptions<const Specs extends OptionSpecs>(table: OptionTable<Specs>): OptionTable<Specs> {
  return table;
}

/** 'httpPort' -> 'http-port': the flag without dashes and the key in a configuration file. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** 'httpPort' -> 'ANATOMIC_HTTP_PORT'. */
export function environmentName(name: string): string {
  return `ANATOMIC_${flagName(name).replaceAll('-', '_').toUpperCase()}`;
}

/** The member of the configuration that holds the value. */
export function propertyName(name: string, spec: OptionSpec): string {
  if (spec.kind === 'duration') return `${name}Ms`;
  return spec.kind === 'size' ? `${name}Bytes` : name;
}
