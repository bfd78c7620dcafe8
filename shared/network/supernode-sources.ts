// Where a program knows supernodes from, in the order in which they are tried. All but those that the user named are hints.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { parseObject } from '../platform/json.ts';
import type { Random } from '../platform/random.ts';
import { NetworkSet } from '../protocol/addresses/networks.ts';
import { type NamedSupernode, namedSupernodesIn } from './named-supernode.ts';

/** Time and chance for a search. */
export interface SearchWorld {
  readonly clock: Clock;
  readonly random: Random;
}

/** Supernodes that are asked together, and what they may introduce. */
export interface SupernodeSource {
  /** Where they come from, in words. */
  readonly origin: string;
  /** Those known without asking anybody. */
  readonly supernodes: readonly NamedSupernode[];
  /** Asks for them when it is this source's turn; throws PublicError. */
  readonly search?: (world: SearchWorld) => Promise<readonly NamedSupernode[]>;
  /** Base URLs that somebody on this machine named: they may be anywhere. */
  readonly configuredUrls: readonly string[];
  /** Networks (CIDR) that may be called although they are not public. */
  readonly allowNetworks: readonly string[];
  /** Whether those that answer are good for other torrents as well: a torrent's own word counts for that torrent alone. */
  readonly isLasting: boolean;
}

export interface SourceQuestion {
  /** Those that worked before. */
  readonly remembered: readonly NamedSupernode[];
  /** From flags, environment or configuration file, as are the domains. */
  readonly named: readonly NamedSupernode[];
  readonly domains: readonly string[];
  readonly allowNetworks: readonly string[];
  /** Base URLs from the torrent itself. */
  readonly hinted: readonly string[];
  /** The folder in which `anatomic up` may have left its network file. */
  readonly folder: string;
  /** Asks the domain name system; throws PublicError. */
  readonly searchDomain: (domain: string) => Promise<readonly NamedSupernode[]>;
  /** Asks the Mainline DHT; throws PublicError. Left out: it is not asked. */
  readonly searchDht?: SupernodeSource['search'];
}

/** Written by `anatomic up`. */
const NETWORK_FILE = join('data', 'network.json');
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const MAX_URLS = 64;

/**
 * The sources to try in turn. Whoever names supernodes or a domain means that network: then neither what a torrent says
 * nor what lies in this folder counts, so that a plant never lands in a network not meant.
 */
export async function supernodeSources(question: SourceQuestion): Promise<SupernodeSource[]> {
  const { remembered, named, domains, allowNetworks, hinted, folder, searchDomain, searchDht } = question;
  const isMeant = named.length > 0 || domains.length > 0;
  const local = isMeant ? NOTHING_LOCAL : await readNetworkFile(join(folder, NETWORK_FILE));
  const anywhere = { configuredUrls: [], allowNetworks, isLasting: true };
  const search = (origin: string, find: SupernodeSource['search']): SupernodeSource => {
    return { ...anywhere, origin, supernodes: [], ...(find === undefined ? {} : { search: find }) };
  };
  const sources: SupernodeSource[] = [
    { ...anywhere, origin: 'used before', supernodes: remembered, configuredUrls: urlsOf(named) },
    configured('named by you', named, [], allowNetworks),
    ...domains.map((domain) => search(`named by ${domain}`, () => searchDomain(domain))),
    configured(`in ${NETWORK_FILE}`, local.supernodes, local.nodes, allowNetworks),
    { ...anywhere, origin: 'named in the torrent', supernodes: isMeant ? [] : namedIn(hinted), isLasting: false },
    search('found in the DHT', searchDht),
  ];
  return sources.filter((source) => source.supernodes.length > 0 || source.search !== undefined);
}

/** Whether a URL names this very machine. */
export function isLoopback(url: string): boolean {
  const hostname = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return hostname === 'localhost' || new NetworkSet(LOOPBACK).has(hostname);
}

/** A supernode on this machine may name nodes on it; one elsewhere may not. */
function configured(
  origin: string,
  supernodes: readonly NamedSupernode[],
  nodeUrls: readonly string[],
  allowNetworks: readonly string[],
): SupernodeSource {
  const urls = urlsOf(supernodes);
  const networks = urls.some(isLoopback) ? [...allowNetworks, ...LOOPBACK] : allowNetworks;
  return { origin, supernodes, configuredUrls: [...urls, ...nodeUrls], allowNetworks: networks, isLasting: true };
}

interface LocalNetwork {
  readonly supernodes: readonly NamedSupernode[];
  /** Base URLs. */
  readonly nodes: readonly string[];
}

const NOTHING_LOCAL: LocalNetwork = { supernodes: [], nodes: [] };

async function readNetworkFile(file: string): Promise<LocalNetwork> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const { supernodes, nodes } = parseObject(text);
  return { supernodes: namedIn(supernodes), nodes: urlsOf(namedIn(nodes)) };
}

function namedIn(value: unknown): NamedSupernode[] {
  return Array.isArray(value) ? namedSupernodesIn(value).slice(0, MAX_URLS) : [];
}

function urlsOf(supernodes: readonly NamedSupernode[]): string[] {
  return supernodes.map(({ url }) => url);
}
