// Where a planter knows supernodes from, the most deliberate first. All but those that the user named are hints.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NetworkSet } from '../protocol/networks.ts';

/** Supernodes that are asked together, and what they may introduce. */
export interface SupernodeSource {
  /** Where the URLs come from, in words. */
  readonly origin: string;
  /** Base URLs. */
  readonly supernodes: readonly string[];
  /** Base URLs that somebody on this machine named: they may be anywhere. */
  readonly configuredUrls: readonly string[];
  /** Networks (CIDR) that may be called although they are not public. */
  readonly allowNetworks: readonly string[];
}

export interface SourceQuestion {
  /** From flags, environment or configuration file. */
  readonly named: readonly string[];
  readonly allowNetworks: readonly string[];
  /** From the torrent itself. */
  readonly hinted: readonly string[];
  /** Those that worked before. */
  readonly remembered: readonly string[];
  /** The folder in which `anatomic up` may have left its network file. */
  readonly folder: string;
}

/** Written by `anatomic up`. */
const NETWORK_FILE = join('data', 'network.json');
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const MAX_URLS = 64;

/** The sources to try in turn. Supernodes that the user named leave no other: a plant never lands in a network not meant. */
export async function supernodeSources(question: SourceQuestion): Promise<SupernodeSource[]> {
  const { named, allowNetworks, hinted, remembered, folder } = question;
  if (named.length > 0) return [configured('named by you', named, named, allowNetworks)];
  const local = await readNetworkFile(join(folder, NETWORK_FILE));
  return [
    { origin: 'named in the torrent', supernodes: hinted, configuredUrls: [], allowNetworks },
    { origin: 'used before', supernodes: remembered, configuredUrls: [], allowNetworks },
    configured(`in ${NETWORK_FILE}`, local.supernodes, [...local.supernodes, ...local.nodes], allowNetworks),
  ].filter((source) => source.supernodes.length > 0);
}

/** Whether a URL names this very machine. */
export function isLoopback(url: string): boolean {
  const hostname = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return hostname === 'localhost' || new NetworkSet(LOOPBACK).has(hostname);
}

/** A supernode on this machine may name nodes on it; one elsewhere may not. */
function configured(
  origin: string,
  supernodes: readonly string[],
  configuredUrls: readonly string[],
  allowNetworks: readonly string[],
): SupernodeSource {
  const networks = supernodes.some(isLoopback) ? [...allowNetworks, ...LOOPBACK] : allowNetworks;
  return { origin, supernodes, configuredUrls, allowNetworks: networks };
}

async function readNetworkFile(file: string): Promise<{ supernodes: string[]; nodes: string[] }> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const { supernodes, nodes } = parseObject(text);
  return { supernodes: urlsIn(supernodes), nodes: urlsIn(nodes) };
}

/** A file that is absent or damaged names nobody. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The http and https URLs in a list of anything. */
export function urlsIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((url): url is string => typeof url === 'string' && /^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    .slice(0, MAX_URLS);
}
