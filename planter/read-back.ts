// Reads back what was planted: a supernode may hide what it was told, and the others may never hear of it.

import { PublicError } from '../shared/errors.ts';
import type { FoundTorrent } from '../shared/network/look-up.ts';
import type { Supernode } from '../shared/network/supernodes.ts';
import { MAX_LOOKUP_CARRIERS, MAX_LOOKUP_PLANTS } from '../shared/protocol/messages/directory-messages.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import type { PlantNetwork } from './network.ts';
import type { Planted } from './planted.ts';
import type { Voice } from './voice.ts';

/** Who shows a torrent with its plant and carriers; supernodes that did not answer are in neither list. */
export interface Sighting {
  readonly seenAt: readonly Supernode[];
  /** They answer, and do not show it: told ones, or one that has not heard of it from those. */
  readonly missingAt: readonly Supernode[];
}

/** Between look-ups; feeds bring a plant to the other supernodes in less than a second. */
export const PAUSES_MS = [100, 200, 400, 800, 1600];

/**
 * Asks the supernodes that took note, and one that was not told where there is one, again after a pause as long as some
 * torrent is missing. Many torrents at once take few calls. Those that no supernode took note of have no sighting.
 */
export async function readBack(
  planted: readonly Planted[],
  pause: (ms: number) => Promise<unknown>,
): Promise<Map<Planted, Sighting>> {
  const sightings = new Map<Planted, { seenAt: Supernode[]; missingAt: Supernode[] }>();
  for (const one of planted) if (one.told.length > 0) sightings.set(one, { seenAt: [], missingAt: [] });
  for (const [network, some] of Map.groupBy(sightings.keys(), (one) => one.network)) {
    for (const { supernode, seen, missing } of await askAll(some, network, pause)) {
      for (const one of seen) sightings.get(one)!.seenAt.push(supernode);
      for (const one of missing) sightings.get(one)!.missingAt.push(supernode);
    }
  }
  return sightings;
}

/** Says where it was seen, and warns of supernodes that do not show it. */
export function tellSighting({ told }: Planted, { seenAt, missingAt }: Sighting, voice: Voice): void {
  if (seenAt.length > 0) voice.step(`seen at ${seenAt.map(({ url }) => url).join(', ')}`);
  for (const { id, url } of missingAt) {
    const isTold = told.some((supernode) => supernode.id === id);
    voice.warn(
      isTold
        ? `${url} took note of it and does not show it: plant it through another one, with --supernode URL`
        : `${url} has not heard of it from the others: \`anatomic status\` tells whether it has later`,
    );
  }
}

interface Reading {
  readonly supernode: Supernode;
  readonly seen: readonly Planted[];
  readonly missing: readonly Planted[];
}

async function askAll(
  planted: readonly Planted[],
  network: PlantNetwork,
  pause: (ms: number) => Promise<unknown>,
): Promise<Reading[]> {
  const told = new Map(planted.flatMap((one) => one.told.map((supernode) => [supernode.id, supernode])));
  const isOther = ({ id }: Supernode): boolean => !told.has(id);
  const other = network.supernodes.find(isOther) ?? (await network.introduced()).find(isOther);
  const readings = [...told.values()].map((supernode) => {
    const some = planted.filter((one) => one.told.some(({ id }) => id === supernode.id));
    return ask(supernode, some, network, pause);
  });
  return Promise.all(other === undefined ? readings : [...readings, ask(other, planted, network, pause)]);
}

async function ask(
  supernode: Supernode,
  planted: readonly Planted[],
  network: PlantNetwork,
  pause: (ms: number) => Promise<unknown>,
): Promise<Reading> {
  let missing = planted;
  let isSilent = false;
  try {
    for (const pauseMs of [0, ...PAUSES_MS]) {
      if (pauseMs > 0) await pause(pauseMs);
      const hashes = missing.flatMap(({ seedling }) => seedling.hashes);
      const found = await network.lookUp(hashes, [supernode]);
      const byHash = new Map(found.map((torrent) => [torrent.infoHash, torrent]));
      missing = missing.filter((one) => !isShown(one, byHash));
      if (missing.length === 0) break;
    }
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    isSilent = true;
  }
  const unseen = new Set(missing);
  return { supernode, seen: planted.filter((one) => !unseen.has(one)), missing: isSilent ? [] : missing };
}

/** Under every hash that is carried: the plant, and one of the carriers. An answer that is full may leave ours out. */
function isShown({ planter, carriers }: Planted, found: ReadonlyMap<InfoHash, FoundTorrent>): boolean {
  const hashes = new Set(carriers.flatMap(({ infoHashes }) => infoHashes));
  return [...hashes].every((infoHash) => {
    const torrent = found.get(infoHash);
    if (torrent === undefined) return false;
    const isPlanted =
      torrent.plants.length >= MAX_LOOKUP_PLANTS || torrent.plants.some(({ record }) => record.author === planter);
    const isCarried =
      torrent.carriers.length >= MAX_LOOKUP_CARRIERS ||
      torrent.carriers.some(({ id }) => carriers.some((carrier) => carrier.id === id));
    return isPlanted && isCarried;
  });
}
