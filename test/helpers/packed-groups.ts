// Groups of shared peers as a partner that keeps no rules might pack them.

import { parseAddress } from '../../shared/protocol/addresses/endpoint.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';

export interface PackedPeer {
  /** Text of an IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
  readonly flags?: number;
  /** In units of 30 s. */
  readonly age?: number;
}

export interface PackedGroup {
  readonly infoHash: InfoHash;
  readonly seeders?: number;
  readonly leechers?: number;
  readonly peers?: readonly PackedPeer[];
  readonly removed?: readonly PackedPeer[];
}

/** The bytes of share-groups.ts. */
export function packGroups(groups: readonly PackedGroup[]): Buffer {
  return Buffer.concat(groups.map(packGroup));
}

function packGroup({ infoHash, seeders = 0, leechers = 0, peers = [], removed = [] }: PackedGroup): Buffer {
  const lists = [ofFamily(peers, 4), ofFamily(peers, 6), ofFamily(removed, 4), ofFamily(removed, 6)];
  const head = Buffer.alloc(36);
  infoHashBytes(infoHash).copy(head);
  head.writeUInt32BE(seeders, 20);
  head.writeUInt32BE(leechers, 24);
  for (const [index, list] of lists.entries()) head.writeUInt16BE(list.length, 28 + 2 * index);
  const entries = lists.flatMap((list, index) => list.map((peer) => packPeer(peer, index < 2)));
  return Buffer.concat([head, ...entries]);
}

function ofFamily(peers: readonly PackedPeer[], family: 4 | 6): PackedPeer[] {
  return peers.filter(({ address }) => address.includes(':') === (family === 6));
}

function packPeer({ address, port, flags = 0, age = 0 }: PackedPeer, isWithState: boolean): Buffer {
  const bytes = Buffer.alloc(20);
  const length = address.includes(':') ? 16 : 4;
  if (parseAddress(address, bytes) === 0) throw new Error(`${address} is no address`);
  bytes.writeUInt16BE(port, length);
  bytes[length + 2] = flags;
  bytes[length + 3] = age;
  return bytes.subarray(0, length + (isWithState ? 4 : 2));
}
