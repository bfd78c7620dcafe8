// How a torrent is planted: the whole story, one step after the other.

import { PublicError } from '../shared/errors.ts';
import type { Supernode } from '../shared/network/supernodes.ts';
import type { Clock } from '../shared/platform/clock.ts';
import type { Random } from '../shared/platform/random.ts';
import { nextSeq } from '../shared/protocol/codec.ts';
import { type InfoHash, truncate } from '../shared/protocol/info-hash.ts';
import { formatMagnet } from '../shared/protocol/magnet.ts';
import { ANATOMIC_KEY, anatomicMember, type Metainfo } from '../shared/protocol/metainfo.ts';
import type { Signer } from '../shared/protocol/record.ts';
import { PLANT_TTL_SECONDS, type PlantStatement, plantRecord } from '../shared/protocol/statements.ts';
import { type Carrier, type Planting, type PlantOrder, plantOnNodes } from './carriers.ts';
import type { Offer, PlantNetwork } from './network.ts';
import type { Voice } from './report.ts';
import { openTorrent, type TorrentFile, writeTorrent } from './torrent-file.ts';
import { trackerUrls } from './tracker-urls.ts';

/** Version of the network protocol that the key `anatomic` of a torrent speaks of. */
const PROTOCOL_VERSION = 2;

/** What the user wants. */
export interface PlantWish {
  readonly copies: number;
  readonly isPortable: boolean;
  readonly allowsPrivate: boolean;
  /** Where to write instead of the usual place. */
  readonly output?: string | undefined;
}

/** What it takes. */
export interface PlantTools {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
  readonly voice: Voice;
  /** Finds a network; `hints` are base URLs of supernodes out of the torrent. */
  readonly connect: (hints: readonly string[]) => Promise<PlantNetwork>;
  /** Told the base URLs of the supernodes that took note. */
  readonly remember: (supernodes: readonly string[]) => Promise<void>;
}

/** What came of it. */
export interface Planted {
  /** Absolute path of the .torrent. */
  readonly file: string;
  readonly metainfo: Metainfo;
  /** It was planted by this key before. */
  readonly isRefreshed: boolean;
  readonly carriers: readonly Carrier[];
  readonly supernodes: readonly Supernode[];
  /** Announce URLs as written. */
  readonly trackers: readonly string[];
  readonly magnet: string;
  readonly warnings: readonly string[];
}

/** Plants what is under `path`; throws PublicError with words for the user, and then no file was written. */
export async function plant(path: string, wish: PlantWish, tools: PlantTools): Promise<Planted> {
  const torrent = await open(path, wish, tools);
  const { metainfo } = torrent;
  const network = await tools.connect(metainfo.anatomic?.supernodes ?? []);
  try {
    tools.voice.step(`reached ${network.supernodes.map(({ url }) => url).join(', ')}`);
    const { plants, isRefreshed } = await signPlants(metainfo, wish, network, tools);
    const offers = await allocate(metainfo, wish, network, tools);
    const { carriers } = await carry(path, { copies: wish.copies, offers, plants }, network, tools);
    const supernodes = await register(plants, carriers, network, tools);
    const trackers = trackerUrls({ ...wish, carriers, supernodes, hashCount: offers.length }, tools.random);
    await write(torrent, trackers, supernodes, tools);
    const { voice } = tools;
    const magnet = formatMagnet({ ...metainfo, trackers });
    return {
      file: torrent.output,
      metainfo,
      isRefreshed,
      carriers,
      supernodes,
      trackers,
      magnet,
      warnings: voice.warnings,
    };
  } finally {
    await network.close();
  }
}

async function open(path: string, wish: PlantWish, { clock, voice }: PlantTools): Promise<TorrentFile> {
  const torrent = await openTorrent(path, { output: wish.output, now: clock.now(), onHashing: voice.hashing });
  const { name, hashes, isPrivate } = torrent.metainfo;
  if (isPrivate && !wish.allowsPrivate) {
    const danger = `${path} is a private torrent, and anybody may announce to what is planted`;
    throw new PublicError('private', `${danger}: --allow-private plants it all the same`);
  }
  voice.step(`read ${name}, info hash ${hashes.join(' and ')}`);
  return torrent;
}

/** The plant record of each hash; newer than those that the network has of this key. */
async function signPlants(
  metainfo: Metainfo,
  { copies }: PlantWish,
  network: PlantNetwork,
  { signer, clock, voice }: PlantTools,
): Promise<{ readonly plants: ReadonlyMap<InfoHash, Uint8Array>; readonly isRefreshed: boolean }> {
  const previous = await network.ownPlants(metainfo.hashes);
  const isRefreshed = metainfo.hashes.every((infoHash) => previous.has(infoHash));
  if (isRefreshed) voice.step('already planted with this key: refreshing it');
  const plants = metainfo.hashes.map((infoHash) => {
    const statement = statementOf(infoHash, metainfo, copies, nextSeq(previous.get(infoHash)?.seq ?? 0, clock.now()));
    return [infoHash, plantRecord.sign(statement, signer).bytes] as const;
  });
  return { plants: new Map(plants), isRefreshed };
}

/** The halves of a hybrid name each other. */
function statementOf(
  infoHash: InfoHash,
  { hashes, infoHashV2 }: Metainfo,
  copies: number,
  seq: number,
): PlantStatement {
  const twin = hashes.find((other) => other !== infoHash);
  return {
    infoHash,
    ...(infoHashV2 !== undefined && truncate(infoHashV2) === infoHash ? { infoHashV2 } : {}),
    ...(twin === undefined ? {} : { twin }),
    copies,
    seq,
    ttlSeconds: PLANT_TTL_SECONDS,
  };
}

async function allocate(
  { hashes }: Metainfo,
  { copies }: PlantWish,
  network: PlantNetwork,
  { voice }: PlantTools,
): Promise<readonly Offer[]> {
  const offers = await Promise.all(hashes.map((infoHash) => network.allocate(infoHash, copies)));
  const count = Math.min(...offers.map(({ nodes }) => nodes.length));
  voice.step(`allocated ${plural(count, 'node')}, spares among them`);
  if (count < copies) voice.warn(`only ${plural(count, 'node')} to plant on, so fewer than ${copies} copies`);
  return offers;
}

async function carry(path: string, order: PlantOrder, network: PlantNetwork, { voice }: PlantTools): Promise<Planting> {
  const planting = await plantOnNodes(order, network, voice.step);
  const { carriers, failures, missing } = planting;
  if (carriers.length === 0) throw new PublicError('not-planted', `no node took ${path}: ${failures.join('; ')}`);
  const lacking = Math.max(0, ...missing.values());
  if (failures.length > 0 && lacking > 0) voice.warn(`${plural(lacking, 'copy')} missing: ${failures.join('; ')}`);
  return planting;
}

/** The supernodes to write into the torrent: those that took note, else those that answered before. */
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
  await remember(registered.map(({ url }) => url));
  return registered.length > 0 ? registered : network.supernodes;
}

async function write(
  torrent: TorrentFile,
  trackers: readonly string[],
  supernodes: readonly Supernode[],
  { signer, voice }: PlantTools,
): Promise<void> {
  const hint = {
    version: PROTOCOL_VERSION,
    planter: signer.id,
    supernodes: supernodes.map(({ publicUrl }) => publicUrl),
  };
  const changes = { announce: trackers[0], 'announce-list': [trackers], [ANATOMIC_KEY]: anatomicMember(hint) };
  await writeTorrent(torrent, changes);
  voice.step(`wrote ${torrent.output}`);
}

function plural(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun.replace(/y$/, 'ie')}s`;
}
