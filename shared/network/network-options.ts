// The options by which a user says which network to use, the same in every command that asks it something.

import { join } from 'node:path';
import { PublicError, UsageError } from '../errors.ts';
import type { OptionSpecs } from '../platform/option-table.ts';
import { type Environment, stateDirectory } from '../platform/user-directories.ts';
import { parseBaseUrl } from '../protocol/message-fields.ts';
import { recallSupernodes } from './supernode-memory.ts';
import { type SupernodeSource, supernodeSources } from './supernode-sources.ts';

export const NETWORK_OPTIONS = {
  supernode: {
    kind: 'url',
    isRepeatable: true,
    group: 'Network',
    help:
      'A supernode to ask, such as http://192.0.2.1:6970. When none is named: those in the torrent, those that ' +
      'worked before, those of the network that `anatomic up` runs in this folder.',
  },
  allowNetwork: {
    kind: 'cidr',
    isRepeatable: true,
    group: 'Network',
    help: 'Network in which nodes may be called although it is not public, such as 192.168.0.0/16.',
  },
} as const satisfies OptionSpecs;

/** Which network the user means. */
export interface NetworkWish {
  /** Base URLs of supernodes, as `readSupernodes` gave them. */
  readonly named: readonly string[];
  readonly allowNetworks: readonly string[];
  /** Where supernodes that worked are remembered. */
  readonly memory: string;
  /** The folder in which `anatomic up` may have left its network file. */
  readonly folder: string;
}

/** Throws UsageError for a URL that can be no supernode. */
export function readNetworkWish(
  config: { readonly supernode: readonly string[]; readonly allowNetwork: readonly string[] },
  environment: Environment,
  folder: string,
): NetworkWish {
  return {
    named: config.supernode.map(readSupernode),
    allowNetworks: config.allowNetwork,
    memory: join(stateDirectory(environment), 'supernodes.json'),
    folder,
  };
}

/** The sources to try in turn; `hinted` are base URLs out of the torrent. */
export async function sourcesFor(wish: NetworkWish, hinted: readonly string[]): Promise<SupernodeSource[]> {
  return supernodeSources({ ...wish, hinted, remembered: await recallSupernodes(wish.memory) });
}

function readSupernode(url: string): string {
  try {
    return parseBaseUrl(url);
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    throw new UsageError(`--supernode ${url}: ${error.message}`);
  }
}
