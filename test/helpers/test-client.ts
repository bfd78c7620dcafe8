// A BitTorrent client as far as trackers see one: announces over HTTP from this machine, and reads whom it is given.

import { decode } from '../../shared/protocol/encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger } from '../../shared/protocol/encoding/fields.ts';
import { infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { readCompactPeers } from '../../shared/protocol/tracker/compact-peers.ts';

export interface TestAnnounce {
  readonly port: number;
  /** 1 when left out: a leecher. */
  readonly left?: number;
  readonly event?: 'started' | 'stopped' | 'completed';
  readonly numwant?: number;
}

export interface TestAnswer {
  /** Of the IPv4 peers given, in ascending order. */
  readonly ports: readonly number[];
  readonly seeders: number;
  readonly leechers: number;
  readonly intervalSeconds: number;
}

/** Announces below a base URL, like `http://127.0.0.1:6969`. */
export async function announce(baseUrl: string, infoHash: string, client: TestAnnounce): Promise<TestAnswer> {
  const { port, left = 1, event, numwant = 50 } = client;
  const peerId = percentEncoded(Buffer.from(`-XX0001-${String(port).padStart(12, '0')}`));
  const query = `info_hash=${percentEncoded(infoHashBytes(infoHash))}&peer_id=${peerId}&port=${port}&left=${left}`;
  const rest = `&numwant=${numwant}&compact=1${event === undefined ? '' : `&event=${event}`}`;
  const response = await fetch(`${baseUrl}/announce?${query}${rest}`);
  const fields = readDictionary(decode(new Uint8Array(await response.arrayBuffer())), 'answer');
  if (fields['failure reason'] !== undefined) throw new Error(readBytes(fields, 'failure reason').toString());
  const peers = readCompactPeers(readBytes(fields, 'peers'), 4);
  return {
    ports: peers.map((peer) => peer.port).sort((a, b) => a - b),
    seeders: readInteger(fields, 'complete', 0, Number.MAX_SAFE_INTEGER),
    leechers: readInteger(fields, 'incomplete', 0, Number.MAX_SAFE_INTEGER),
    intervalSeconds: readInteger(fields, 'interval', 0, Number.MAX_SAFE_INTEGER),
  };
}

function percentEncoded(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
