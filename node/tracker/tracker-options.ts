// What an operator decides about a tracker, and what the packed entries can hold of it.

import { MAX_DENIABILITY_PERCENT } from './deniability.ts';
import { MAX_PEERS_PER_BLOCK } from './peer-blocks.ts';
import { AGE_MODULUS_MINUTES } from './peer-entry.ts';
import type { StoreLimits } from './swarm-store.ts';

export interface TrackerOptions extends StoreLimits {
  /** `open`: any torrent that somebody announces; `planted`: only those carried. */
  readonly mode: 'open' | 'planted';
  /** Answered give or take a tenth. */
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number;
  /** Since the last announce, rounded up to minutes; MAX_PEER_LIFETIME_SECONDS at most. */
  readonly peerLifetimeSeconds: number;
  /** Share of the peers in an answer that are random addresses; none when left out. */
  readonly deniabilityPercent?: number;
}

/** Leaves a sweep seven minutes to go round. */
export const MAX_PEER_LIFETIME_SECONDS = 55 * 60;
export const MAX_PEERS_PER_TORRENT = MAX_PEERS_PER_BLOCK;
/** The arrays of the larger entries (IPv6, 60 bytes reserved for each) stay below what one typed array may hold. */
export const MAX_PEERS = 100_000_000;
/** Records are named by a signed 32-bit word index. */
export const MAX_TORRENTS = 100_000_000;

/**
 * How long a sweep may take to visit every torrent: a peer not looked at between the end of its lifetime and the minute
 * in which its age comes round modulo 64 counts as fresh once more.
 */
export function sweepRoundSeconds(peerLifetimeSeconds: number): number {
  return (AGE_MODULUS_MINUTES - 2 - Math.ceil(peerLifetimeSeconds / 60)) * 60;
}

/** Throws RangeError naming the option that is out of range. */
export function checkOptions(options: TrackerOptions): void {
  checkRange('intervalSeconds', options.intervalSeconds, 1, 86_400);
  checkRange('minIntervalSeconds', options.minIntervalSeconds, 1, options.intervalSeconds);
  checkRange('peerLifetimeSeconds', options.peerLifetimeSeconds, 1, MAX_PEER_LIFETIME_SECONDS);
  checkRange('maxTorrents', options.maxTorrents, 1, MAX_TORRENTS);
  checkRange('maxPeers', options.maxPeers, 1, MAX_PEERS);
  checkRange('maxPeersPerTorrent', options.maxPeersPerTorrent, 1, MAX_PEERS_PER_TORRENT);
  checkRange('deniabilityPercent', options.deniabilityPercent ?? 0, 0, MAX_DENIABILITY_PERCENT);
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new RangeError(`${name} must be between ${min} and ${max}, not ${value}`);
}
