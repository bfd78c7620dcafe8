// How a torrent is uprooted: a record that wants no copies goes to all who carry it, and to supernodes.

import { PublicError } from '../shared/errors.ts';
import type { FoundCarrier, FoundTorrent } from '../shared/network/look-up.ts';
import { reasonOf } from '../shared/network/reason.ts';
import { countOf } from '../shared/platform/amounts.ts';
import type { PlantItem } from '../shared/protocol/messages/node-messages.ts';
import type { Signer } from '../shared/protocol/records/record.ts';
import type { InfoHash } from '../shared/protocol/torrent/info-hash.ts';
import type { PlantNetwork } from './network.ts';
import type { PlantTools } from './plant.ts';
import { ownPlants, type Signable, signPlants } from './sign.ts';

/** A torrent, and where supernodes that know it may be. */
export interface UprootWish extends Signable {
  /** Base URLs. */
  readonly hints: readonly string[];
}

export interface Uprooted {
  /** All hashes, the other half of a hybrid too. */
  readonly hashes: readonly InfoHash[];
  readonly planter: Signer['id'];
  /** Base URLs of the nodes that carry it no longer for this key. */
  readonly nodes: readonly string[];
  readonly supernodes: readonly string[];
  /** Whether others still want it carried. */
  readonly isWantedByOthers: boolean;
  readonly warnings: readonly string[];
}

/** Throws PublicError 'not-planted' when nobody has heard of it from this key, 'network' when nobody could be told. */
export async function uproot(wish: UprootWish, tools: PlantTools): Promise<Uprooted> {
  const { voice, clock } = tools;
  const signer = await tools.signerFor(wish.hashes, false);
  const network = await tools.connect(wish.hints, signer, wish.hashes);
  voice.step(`reached ${network.supernodes.map(({ url }) => url).join(', ')}`);
  const { torrent, found } = await findBoth(wish, network, signer);
  const previous = ownPlants(found, signer.id);
  const records = signPlants(torrent, 0, previous, { signer, now: clock.now() });
  const nodes = await tellNodes(records, found, network, voice);
  const { registered, failures } = await network.register({ plants: [...records.values()], receipts: [] });
  const supernodes = registered.map(({ url }) => url);
  if (nodes.length === 0 && supernodes.length === 0) {
    throw previous.size === 0
      ? new PublicError('not-planted', `nobody knows it as planted with the key ${signer.id}`)
      : new PublicError('network', `nobody could be told: ${failures.join('; ')}`);
  }
  for (const url of supernodes) voice.step(`told ${url}`);
  for (const failure of failures) voice.warn(`not told: ${failure}`);
  const isWantedByOthers = found.some(({ plants }) => plants.some(({ record }) => record.author !== signer.id));
  if (isWantedByOthers) voice.warn('others have planted it too, so nodes go on carrying it for them');
  return { hashes: torrent.hashes, planter: signer.id, nodes, supernodes, isWantedByOthers, warnings: voice.warnings };
}

/** Of a hybrid named by one of its hashes the other one is uprooted as well. */
async function findBoth(
  wish: UprootWish,
  network: PlantNetwork,
  { id }: Signer,
): Promise<{ readonly torrent: Signable; readonly found: readonly FoundTorrent[] }> {
  const found = await network.lookUp(wish.hashes);
  const twins = [...ownPlants(found, id).values()].flatMap(({ twin }) => twin ?? []);
  const strangers = twins.filter((twin) => !wish.hashes.includes(twin));
  if (strangers.length === 0) return { torrent: wish, found };
  return {
    torrent: { ...wish, hashes: [...wish.hashes, ...strangers] },
    found: [...found, ...(await network.lookUp(strangers))],
  };
}

/** Base URLs of those that did as told. */
async function tellNodes(
  records: ReadonlyMap<InfoHash, Uint8Array>,
  found: readonly FoundTorrent[],
  network: PlantNetwork,
  voice: PlantTools['voice'],
): Promise<string[]> {
  const carriers = new Map(found.flatMap((torrent) => torrent.carriers).map((carrier) => [carrier.id, carrier]));
  const told = [...carriers.values()].map(async (carrier): Promise<string[]> => {
    try {
      const { url, items } = await network.plant(offered(carrier), callFor(carrier, found, records));
      return judge(url, items, voice);
    } catch (error) {
      voice.warn(`${reasonOf(error)}: it carries the torrent until it is told; uproot once more when it is back`);
      return [];
    }
  });
  const nodes = (await Promise.all(told)).flat();
  voice.step(`uprooted from ${countOf(nodes.length, 'node')}`);
  return nodes;
}

function judge(url: string, items: readonly PlantItem[], voice: PlantTools['voice']): string[] {
  const refusals = items.filter(({ status }) => status === 'refused');
  // It carries the torrent for somebody else.
  const isOthers = refusals.length === items.length && refusals.every(({ code }) => code === 'not-planted');
  if (isOthers) return [];
  for (const { infoHash, code } of refusals) {
    if (code !== 'not-planted') voice.warn(`${url} refuses ${infoHash}: ${code ?? 'no reason given'}`);
  }
  return refusals.length === items.length ? [] : [url];
}

function callFor(carrier: FoundCarrier, found: readonly FoundTorrent[], records: ReadonlyMap<InfoHash, Uint8Array>) {
  const carried = found.filter(({ carriers }) => carriers.some(({ id }) => id === carrier.id));
  return { plants: carried.map(({ infoHash }) => records.get(infoHash)!), allocations: [], carriers: [] };
}

function offered({ id, statement, record }: FoundCarrier) {
  return { id, urls: statement.urls, record };
}
