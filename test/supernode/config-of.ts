// The configuration that an operator's flags give.

import { parseOptions } from '../../shared/platform/options.ts';
import { type SupernodeConfig, supernodeOptions } from '../../supernode/config.ts';

export function configOf(...flags: string[]): SupernodeConfig {
  const parsed = parseOptions(supernodeOptions, { argv: flags, env: {} });
  if (parsed.kind !== 'config') throw new Error('not a configuration');
  return parsed.config;
}
