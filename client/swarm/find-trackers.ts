// Which trackers a torrent has: nodes that carry it, as supernodes know them, then those that its file or link names.

import { PublicError } from '../../shared/errors.ts';
import { type AddressPolicy, createAddressPolicy } from '../../shared/http/address-policy.ts';
import type { NetworkWish } from '../../shared/network/network-options.ts';
import type { Identity } from '../../shared/network/reached-network.ts';
import type { TorrentArgument } from '../../shared/network/torrent-argument.ts';
import { ClientNetwork } from '../network.ts';
import type { Tier } from './announcer.ts';

export interface FoundTrackers {
  readonly tiers: readonly Tier[];
  /** ws and wss: WebRTC peers are introduced there. */
  readonly webSocketTrackers: readonly string[];
  /** Announce URLs of nodes that carry it. */
  readonly carriers: readonly string[];
  /** Networks (CIDR) that trackers may send clients on to although they are not public. */
  readonly allowNetworks: readonly string[];
  /** Why supernodes could not say who carries it. */
  readonly failure?: string;
}

const IS_ANNOUNCED_TO = /^(?:https?|udp):\/\//i;
const IS_WEB_SOCKET = /^wss?:\/\//i;

/** Never throws for what the network does, which is not waited for after the signal. Of private torrents nobody is told but their own trackers. */
export async function findTrackers(
  torrent: TorrentArgument,
  wish: NetworkWish,
  identity: Identity,
  signal?: AbortSignal,
): Promise<FoundTrackers> {
  const isPrivate = torrent.file?.metainfo.isPrivate === true;
  const { urls, allowNetworks, failure } = isPrivate
    ? NO_CARRIERS
    : await findCarriers(torrent, new ClientNetwork(wish, identity, signal));
  return {
    tiers: tiersOf(torrent, urls, createAddressPolicy(allowNetworks)),
    webSocketTrackers: torrent.trackers.flat().filter((url) => IS_WEB_SOCKET.test(url)),
    carriers: urls,
    allowNetworks: [...new Set([...wish.allowNetworks, ...allowNetworks])],
    ...(failure === undefined ? {} : { failure }),
  };
}

/** A tier of the torrent that names carriers or their supernodes only stands in for them: one answer is enough. */
function tiersOf({ trackers, hints }: TorrentArgument, carriers: readonly string[], policy: AddressPolicy): Tier[] {
  const strangers = new Set(carriers);
  const network = new Set([...carriers, ...hints.map((url) => `${url}/announce`)]);
  const own = trackers.map((tier) => tier.filter((url) => IS_ANNOUNCED_TO.test(url)));
  const standIns = own.filter((tier) => carriers.length > 0 && tier.some((url) => network.has(url)));
  const first = [...new Set([...carriers, ...standIns.flat()])];
  const others = own.filter((tier) => !standIns.includes(tier)).map((urls) => ({ urls }));
  return [{ urls: first, strangers: { urls: strangers, policy } }, ...others].filter(({ urls }) => urls.length > 0);
}

interface Carriers {
  readonly urls: readonly string[];
  readonly allowNetworks: readonly string[];
  readonly failure?: string;
}

const NO_CARRIERS: Carriers = { urls: [], allowNetworks: [] };

async function findCarriers({ hashes, hints }: TorrentArgument, network: ClientNetwork): Promise<Carriers> {
  try {
    const reached = await network.reach({ hints, hashes });
    // The engine knows a hybrid by its first hash.
    const [found] = await reached.lookUp(hashes.slice(0, 1));
    const alive = found?.carriers.filter(({ state }) => state !== 'down') ?? [];
    const urls = alive.map(({ statement }) => `${statement.urls[0]}/announce`);
    return { urls, allowNetworks: reached.source.allowNetworks };
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return { ...NO_CARRIERS, failure: error.message };
  } finally {
    await network.close();
  }
}
