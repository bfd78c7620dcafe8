// Peers that do not exist, told apart by their ports, to announce in a check.

import type { Random } from '../../shared/platform/random.ts';

export interface PretendedPeer {
  /** 20 bytes. */
  readonly peerId: Buffer;
  readonly port: number;
  readonly key: number;
}

/** Dynamic ports (RFC 6335): no service of this machine is announced by chance. */
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;
const PEER_ID_PREFIX = '-AT0002-';
const PEER_ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz012345';

/** Gives a new peer each time, each with a port of its own: at most as many as there are dynamic ports. */
export function pretendPeers(random: Random): () => PretendedPeer {
  let next = random.uint32() % PORTS;
  return () => {
    const port = FIRST_PORT + next;
    next = (next + 1) % PORTS;
    const tail = Array.from(random.bytes(12), (byte) => PEER_ID_CHARACTERS[byte % PEER_ID_CHARACTERS.length]);
    return { peerId: Buffer.from(PEER_ID_PREFIX + tail.join('')), port, key: random.uint32() };
  };
}
