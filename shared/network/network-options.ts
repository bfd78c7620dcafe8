// The options by which a user says which network to use, the same in every command that asks it something.

import { join } from 'node:path';
import { type Environment, stateDirectory } from '../platform/user-directories.ts';
import { DhtSearch } from './dht-supernodes.ts';
import { type ResolveTxt, supernodesOf } from './dns-supernodes.ts';
import { type FindingConfig, findingOptions, readDhtWish } from './finding-options.ts';
import { type NamedSupernode, readSupernodes } from './named-supernode.ts';
import { SupernodeMemory } from './supernode-memory.ts';
import { type SupernodeSource, supernodeSources } from './supernode-sources.ts';

export const NETWORK_OPTIONS = findingOptions(
  'Network',
  'A supernode to ask, such as http://192.0.2.1:6970. When neither one nor a network is named: those that worked before, ' +
    'those of the network that `anatomic up` runs in this folder, those in the torrent.',
);

/** Which network the user means, and how it is looked for. */
export interface NetworkWish {
  readonly named: readonly NamedSupernode[];
  readonly domains: readonly string[];
  readonly allowNetworks: readonly string[];
  /** The supernodes that worked, of the network that is meant. */
  readonly memory: SupernodeMemory;
  /** The folder in which `anatomic up` may have left its network file. */
  readonly folder: string;
  readonly searchDomain: (domain: string) => Promise<readonly NamedSupernode[]>;
  /** undefined: the DHT is not asked. */
  readonly searchDht: SupernodeSource['search'];
}

/** Where to look, besides what the user says. */
export interface NetworkPlaces {
  /** See NetworkWish. */
  readonly folder: string;
  /** Asks for TXT records; the system's resolver when left out. */
  readonly resolveTxt?: ResolveTxt | undefined;
}

/** Throws UsageError for what can be no supernode and no node of the DHT. */
export function readNetworkWish(
  config: FindingConfig,
  environment: Environment,
  { folder, resolveTxt }: NetworkPlaces,
): NetworkWish {
  const { supernode, network: domains, allowNetwork: allowNetworks } = config;
  const dht = readDhtWish(config);
  const search = dht && new DhtSearch(dht, domains);
  const meant = [...supernode, ...domains].sort().join(' ');
  return {
    named: readSupernodes(supernode),
    domains,
    allowNetworks,
    memory: new SupernodeMemory(join(stateDirectory(environment), 'supernodes.json'), meant),
    folder,
    searchDomain: (domain) => supernodesOf(domain, resolveTxt),
    searchDht: search && ((world) => search.find(world)),
  };
}

/** The sources to try in turn; `hinted` are base URLs out of the torrent. */
export async function sourcesFor(wish: NetworkWish, hinted: readonly string[]): Promise<SupernodeSource[]> {
  const { searchDht: search, ...known } = wish;
  const remembered = await wish.memory.recall();
  return supernodeSources({ ...known, hinted, remembered, ...(search === undefined ? {} : { searchDht: search }) });
}
