// What a node of the Mainline DHT may be sent by strangers, and what the package `bittorrent-dht` alone does not survive.

import { encode } from '../../shared/protocol/encoding/bencoding.ts';
import { bytesOf, fixtureLines } from './fixture-lines.ts';

const ID = Buffer.alloc(20, 4);

/** Well-formed bencoding by which the package is made to throw. */
const MISLEADING = [
  { t: 'aa', y: 'q', q: 'get_peers', a: { id: ID, info_hash: 7 } },
  { t: 'aa', y: 'q', q: 'get_peers', a: { id: ID, info_hash: ['x'] } },
  { t: 'aa', y: 'q', q: 'find_node', a: { id: ID, target: 7 } },
  { t: 'aa', y: 'q', q: 'announce_peer', a: { id: ID, info_hash: ID, token: 7, port: 1 } },
  { t: 'aa', y: 'q', q: 'put', a: { id: ID, v: 'x', k: 7, salt: 7, token: ID } },
  { t: 'aa', y: { toString: 'x', valueOf: 'x' } },
  { t: Buffer.from([0, 1]), y: 'e', e: [{ toString: 'x', valueOf: 'x' }] },
  { t: Buffer.from([0, 1]), y: 'r', r: { id: 7, nodes: 7, values: 7 } },
];

/** Malformed bencoding first, then messages that are well-formed and no messages. */
export function hostileDatagrams(): Uint8Array[] {
  const malformed = fixtureLines('bencoding-invalid.txt').map(([bytes = '']) => bytesOf(bytes));
  return [...malformed, ...MISLEADING.map((message) => encode(message))];
}
