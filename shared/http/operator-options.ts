// The options of a role that are about its operators: who may read metrics, who may administer.

import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { Log } from '../platform/log.ts';
import type { OptionSpecs } from '../platform/option-table.ts';
import { MIN_TOKEN_CHARACTERS, OperatorTokens, SCOPES, tokenLines } from './operators.ts';

const GROUP = 'Operators';

export const operatorOptions = {
  metrics: {
    kind: 'boolean',
    default: true,
    group: GROUP,
    help: 'Do not serve /metrics. Else Prometheus reads it from this machine, from networks that are allowed, and with a token.',
  },
  allowMetrics: {
    kind: 'cidr',
    isRepeatable: true,
    group: GROUP,
    help: 'Network from which operators may read metrics without a token.',
  },
  adminToken: {
    kind: 'text',
    isRepeatable: true,
    isSecret: true,
    valueName: 'SCOPES:SECRET',
    group: GROUP,
    help: `A token for /admin/v1, which is off without one: scopes ${SCOPES.join(', ')} joined by +, or all; a secret of ${MIN_TOKEN_CHARACTERS} characters or more. Other users of the machine can read flags: better in the environment or a file.`,
  },
  adminTokenFile: {
    kind: 'path',
    group: GROUP,
    help: 'File of such tokens, one per line; # begins a comment. Read again on SIGHUP.',
  },
  allowAdmin: {
    kind: 'cidr',
    isRepeatable: true,
    group: GROUP,
    help: 'Network from which /admin/v1 may be used, besides this machine; tokens are needed all the same.',
  },
} as const satisfies OptionSpecs;

export interface TokenConfig {
  readonly adminToken: readonly string[];
  readonly adminTokenFile: string | undefined;
}

/** Whether there is an administration: a file may have its first token later. */
export function isAdministered({ adminToken, adminTokenFile }: TokenConfig): boolean {
  return adminToken.length > 0 || adminTokenFile !== undefined;
}

/** Throws a UsageError for a token that is none and a file that cannot be read. */
export function readTokens(config: TokenConfig): OperatorTokens {
  return new OperatorTokens(tokenTexts(config));
}

/** Reads them again; when they cannot be used that is logged, and those from before stay. */
export function rereadTokens(tokens: OperatorTokens, config: TokenConfig, log: Pick<Log, 'error'>): void {
  try {
    tokens.replace(tokenTexts(config));
  } catch (error) {
    log.error({ err: error }, 'tokens not read, those from before stay');
  }
}

function tokenTexts({ adminToken, adminTokenFile }: TokenConfig): string[] {
  return [...adminToken, ...(adminTokenFile === undefined ? [] : readTokenFile(adminTokenFile))];
}

function readTokenFile(file: string): string[] {
  try {
    return tokenLines(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--admin-token-file: ${error instanceof Error ? error.message : String(error)}`);
  }
}
