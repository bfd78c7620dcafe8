// Compares what several doors answered to the same question: whose peers see each other.

import type { CompactPeer } from '../../shared/protocol/tracker/compact-peers.ts';
import { type Finding, pass, warn } from './finding.ts';

/** What comparing takes of a door. */
export interface Compared {
  /** How the report names it. */
  readonly name: string;
  readonly family: 4 | 6;
  /** The port of the peer that was announced here. */
  readonly firstPort: number;
  /** All peers that a second one was given after every door had its first; undefined when they are not known. */
  readonly peers: readonly CompactPeer[] | undefined;
  readonly externalAddress: string | undefined;
}

/** By family, since an answer over UDP has peers of one family only. Empty when there is nothing to compare. */
export function compareDoors(doors: readonly Compared[]): Finding[] {
  return ([4, 6] as const).flatMap((family) => {
    const ofFamily = doors.filter((door) => door.family === family);
    return [...compareSwarms(ofFamily, family), ...compareExternalAddresses(ofFamily)];
  });
}

/** Doors of one group see each other's peers, directly or through others of the group. */
export function groupBySwarm(doors: readonly Compared[]): Compared[][] {
  let groups: Compared[][] = [];
  for (const door of doors) {
    const [joined, apart] = partition(groups, (group) => group.some((other) => sees(door, other) || sees(other, door)));
    groups = [...apart, [...joined.flat(), door]];
  }
  return groups;
}

function compareSwarms(doors: readonly Compared[], family: 4 | 6): Finding[] {
  const known = doors.filter(({ peers }) => peers !== undefined);
  if (known.length < 2) return [];
  const groups = groupBySwarm(known);
  const topic = `IPv${family} swarm`;
  if (groups.length === 1) return [pass(topic, `all ${known.length} see each other's peers`)];
  return groups.map((group) => warn(topic, `sees no peers of the others: ${group.map(({ name }) => name).join(', ')}`));
}

function compareExternalAddresses(doors: readonly Compared[]): Finding[] {
  const addresses = new Set(doors.flatMap(({ externalAddress }) => externalAddress ?? []));
  if (addresses.size < 2) return [];
  return [warn('external ip', `trackers see this machine at different addresses: ${[...addresses].join(', ')}`)];
}

function sees(door: Compared, other: Compared): boolean {
  return door.peers?.some(({ port }) => port === other.firstPort) ?? false;
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
