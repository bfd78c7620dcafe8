// How a torrent is planted: the whole story, one step after the other.

import { PublicError } from '../shared/errors.ts';
import type { Supernode } from '../shared/network/supernodes.ts';
import { countOf } from '../shared/platform/amounts.ts';
import type { Clock } from '../shared/platform/clock.ts';
import type { Random } from '../shared/platform/random.ts';
import type { Signer } from '../shared/protocol/records/record.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import { formatMagnet } from '../shared/protocol/torrent/magnet.ts';
import { type Carrier, type Planting, type PlantOrder, plantOnNodes } from './carriers.ts';
import { type CreateWish, PLAIN_WISH } from './create/create.ts';
import type { Offer, PlantNetwork } from './network.ts';
import { type Planted, placeOf, summaryOf } from './planted.ts';
import { openSeedling, type Seedling } from './seedling.ts';
import { ownPlants, signPlants } from './sign.ts';
import { writeTorrent } from './torrent-file.ts';
import { trackerChanges, trackerUrls } from './tracker-urls.ts';
import type { Voice } from './voice.ts';

/** What the user wants. */
export interface PlantWish {
  readonly copies: number;
  readonly isPortable: boolean;
  readonly allowsPrivate: boolean;
  /** With a key of its own, so that nobody can tell who planted what else. */
  readonly hasFreshKey?: boolean;
  /** How a torrent is made, where there is none yet; plainly when left out. */
  readonly create?: CreateWish;
  /** Where to write instead of the usual place. */
  readonly output?: string | undefined;
}

/** What it takes. */
export interface PlantTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly voice: Voice;
  /** The key to plant a torrent with. */
  readonly signerFor: (hashes: readonly InfoHash[], isFresh: boolean) => Promise<Signer>;
  /**
   * Finds a network; `hints` are base URLs of supernodes out of the torrent. One that has heard of one of `hashes` is
   * preferred to others; without a signer a key that is thrown away asks. It is not closed here.
   */
  readonly connect: (hints: readonly string[], signer?: Signer, hashes?: readonly InfoHash[]) => Promise<PlantNetwork>;
  /** Told the supernodes that took note, for other torrents. */
  readonly remember: (supernodes: readonly Supernode[]) => Promise<void>;
}

/** Plants what `source` names; throws PublicError with words for the user, and then no file was written. */
export async function plant(source: string, wish: PlantWish, tools: PlantTools): Promise<Planted> {
  return plantSeedling(await openToPlant(source, wish, tools), wish, tools);
}

/** The first step: reads it, hashes it when need be, and refuses what must not be planted. */
export async function openToPlant(source: string, wish: PlantWish, tools: PlantTools): Promise<Seedling> {
  const { clock, voice } = tools;
  voice.phase('read');
  const seedling = await openSeedling(source, {
    output: wish.output,
    create: wish.create ?? PLAIN_WISH,
    now: clock.now(),
    hashing: async (content, hints) => {
      // Without a network all the hashing would be in vain.
      voice.phase('ask');
      await tools.connect(hints);
      voice.phase('read');
      voice.hashing(content);
    },
    hashed: (bytes) => voice.hashed(bytes),
  });
  const { name, hashes, isPrivate } = seedling;
  if (isPrivate && !wish.allowsPrivate) {
    const danger = `${source} is a private torrent, and anybody may announce to what is planted`;
    throw new PublicError('private', `${danger}: --allow-private plants it all the same`);
  }
  voice.step(`read ${name ?? 'a link'}, info hash ${hashes.join(' and ')}`);
  return seedling;
}

/** All further steps. */
export async function plantSeedling(seedling: Seedling, wish: PlantWish, tools: PlantTools): Promise<Planted> {
  const { voice, clock } = tools;
  voice.phase('ask');
  const signer = await tools.signerFor(seedling.hashes, wish.hasFreshKey ?? false);
  // A torrent that names supernodes may have been planted before, in the network of those.
  const isNew = seedling.hints.length === 0;
  const network = await tools.connect(seedling.hints, signer, isNew ? [] : seedling.hashes);
  voice.step(`reached ${network.supernodes.map(({ url }) => url).join(', ')}`);
  const previous = ownPlants(await network.lookUp(seedling.hashes), signer.id);
  const isRefreshed = seedling.hashes.every((infoHash) => previous.has(infoHash));
  if (isRefreshed) voice.step('already planted with this key: refreshing it');
  const plants = signPlants(seedling, wish.copies, previous, { signer, now: clock.now() });
  const offers = await allocate(seedling, wish, network, voice);
  voice.phase('carry');
  const { carriers } = await carry({ copies: wish.copies, offers, plants }, network, voice);
  voice.phase('tell');
  const told = await register(plants, carriers, network, tools);
  // Those that answered before find the carriers by themselves.
  const supernodes = told.length > 0 ? told : network.supernodes;
  voice.phase('write');
  const trackers = trackerUrls({ ...wish, carriers, supernodes, hashCount: offers.length }, tools.random);
  const magnet = formatMagnet({ ...seedling, trackers });
  await write(seedling, trackerChanges(trackers, supernodes, signer.id), magnet, voice);
  const { file, ...rest } = seedling;
  return {
    seedling: rest,
    ...(file === undefined ? {} : { file: placeOf(file) }),
    planter: signer.id,
    isRefreshed,
    copies: wish.copies,
    carriers: carriers.map(summaryOf),
    supernodes,
    told,
    network,
    trackers,
    magnet,
    warnings: voice.warnings,
  };
}

async function allocate(
  { hashes }: Seedling,
  { copies }: PlantWish,
  network: PlantNetwork,
  voice: Voice,
): Promise<readonly Offer[]> {
  const offers = await Promise.all(hashes.map((infoHash) => network.allocate(infoHash, copies)));
  const counts = offers.map(({ nodes }) => nodes.length);
  const count = Math.min(...counts);
  const spares = count > copies ? `, ${count - copies} of them spare` : '';
  voice.step(`allocated ${countOf(count, 'node')}${spares}`);
  // With none for any hash nothing is planted, and no warning helps.
  if (count < copies && Math.max(...counts) > 0) {
    const some = count === 0 ? 'no node for one of its hashes' : `only ${countOf(count, 'node')}`;
    voice.warn(`${some} to plant on, so fewer than ${copies} copies`);
  }
  return offers;
}

async function carry(order: PlantOrder, network: PlantNetwork, voice: Voice): Promise<Planting> {
  const planting = await plantOnNodes(order, network, (line) => voice.step(line));
  const { carriers, failures, missing } = planting;
  if (carriers.length === 0) {
    throw failures.length === 0
      ? new PublicError('no-nodes', 'the supernode offers no node to plant on')
      : new PublicError('not-planted', `no node took it: ${failures.join('; ')}`);
  }
  const lacking = Math.max(0, ...missing.values());
  if (failures.length > 0 && lacking > 0) voice.warn(`${countOf(lacking, 'copy')} missing: ${failures.join('; ')}`);
  return planting;
}

/** The supernodes that took note. */
async function register(
  plants: ReadonlyMap<InfoHash, Uint8Array>,
  carriers: readonly Carrier[],
  network: PlantNetwork,
  { voice, remember }: PlantTools,
): Promise<readonly Supernode[]> {
  const receipts = carriers.flatMap(({ items }) => items.flatMap(({ receipt }) => receipt ?? []));
  const { registered, failures } = await network.register({ plants: [...plants.values()], receipts });
  for (const { url } of registered) voice.step(`registered at ${url}`);
  for (const failure of failures) voice.warn(`not registered: ${failure}`);
  if (network.isLasting) await remember(registered);
  return registered;
}

async function write(
  { file }: Seedling,
  changes: ReturnType<typeof trackerChanges>,
  magnet: string,
  voice: Voice,
): Promise<void> {
  if (file === undefined) return;
  try {
    await writeTorrent(file, changes);
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    const consolation = `nodes carry it already: plant it once more when that is mended, or give this link: ${magnet}`;
    throw new PublicError(error.code, `${error.message}; ${consolation}`, { cause: error });
  }
  voice.step(`wrote ${file.output}`);
}
