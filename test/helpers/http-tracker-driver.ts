// Announces and scrapes over HTTP on one kept connection, as raw bytes.

import { isIPv6 } from 'node:net';
import { type HttpListenerOptions, startHttpListener } from '../../node/listeners/http.ts';
import type { TrackerDoor } from '../../node/listeners/http-answers.ts';
import type { HttpListener } from '../../shared/http/door/http-door.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { type BencodedDictionary, decode, rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readText } from '../../shared/protocol/encoding/fields.ts';
import { infoHashBytes, parseInfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { type CompactPeer, readCompactPeers } from '../../shared/protocol/tracker/compact-peers.ts';
import type { AnnounceParameters, TrackerDriver } from '../contracts/tracker-behaviour.ts';
import { RawHttp } from './raw-http.ts';

const MAX_COUNT = 2 ** 32;

export interface HttpTrackerDriver extends TrackerDriver {
  readonly port: number;
  /** The decoded body of any announce or scrape query, failures too. */
  ask(target: string): Promise<BencodedDictionary>;
}

/** `0102` -> `%01%02` */
export function escapeHex(hex: string): string {
  return hex.replace(/../g, '%$&');
}

export function announceQuery(parameters: AnnounceParameters): string {
  const { infoHash, port, event, left, numwant, key, peerId = '-XX0001-aaaaaaaaaaaa' } = parameters;
  const optional = Object.entries({ event, left, numwant, key }).filter(([, value]) => value !== undefined);
  const rest = optional.map(([name, value]) => `&${name}=${value}`).join('');
  return `info_hash=${escapeHex(infoHash)}&peer_id=${peerId}&port=${port}${rest}`;
}

/** Peers of the asker's family in an answer. */
export function peersOf(answer: BencodedDictionary, host: string): CompactPeer[] {
  return isIPv6(host)
    ? readCompactPeers(readBytes(answer, 'peers6'), 6)
    : readCompactPeers(readBytes(answer, 'peers'), 4);
}

/** How requests are brought to a listener. */
export interface HttpAsker {
  /** The body of the answer. */
  request(target: string): Promise<Buffer>;
  close(): void;
}

/** Starts a listener on `host` and asks it over one connection. */
export async function openHttpDriver(
  tracker: TrackerDoor,
  host: string,
  options: Partial<HttpListenerOptions> = {},
): Promise<HttpTrackerDriver> {
  const listener = await open(tracker, host, options);
  return driveHttp(listener, askOver(await RawHttp.connect(listener.port, { host })), host);
}

/** The same with a connection for each request. */
export async function openBriefHttpDriver(
  tracker: TrackerDoor,
  host: string,
  options: Partial<HttpListenerOptions> = {},
): Promise<HttpTrackerDriver> {
  const listener = await open(tracker, host, options);
  const request = async (target: string): Promise<Buffer> => {
    const client = await RawHttp.connect(listener.port, { host });
    client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const { body } = await client.response();
    await client.closed;
    return body;
  };
  return driveHttp(listener, { request, close: () => {} }, host);
}

function open(tracker: TrackerDoor, host: string, options: Partial<HttpListenerOptions>): Promise<HttpListener> {
  const control = (): void => {};
  return startHttpListener({ tracker, clock: systemClock, host, port: 0, control, ...options });
}

/** Asks over one connection. */
export function askOver(client: RawHttp): HttpAsker {
  return {
    request: async (target) => {
      client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return (await client.response()).body;
    },
    close: () => client.socket.destroy(),
  };
}

/** Asks a listener on `host`, and closes both. */
export function driveHttp(listener: HttpListener, asker: HttpAsker, host: string): HttpTrackerDriver {
  const ask = async (target: string): Promise<BencodedDictionary> =>
    readDictionary(decode(await asker.request(target)), 'answer');

  /** Raw entries by hash in latin1: keys that are not text. */
  const scrapeFiles = async (infoHashes: readonly string[]): Promise<Map<string, Uint8Array>> => {
    const query = infoHashes.map((hash) => `info_hash=${escapeHex(hash)}`).join('&');
    return rawMembers(rawMembers(await asker.request(`/scrape?${query}`)).get('files')!);
  };

  const succeed = async (target: string): Promise<BencodedDictionary> => {
    const answer = await ask(target);
    if ('failure reason' in answer) throw new Error(readText(answer, 'failure reason', 200));
    return answer;
  };

  return {
    port: listener.port,
    ask,
    announce: async (parameters) => {
      const answer = await succeed(`/announce?${announceQuery(parameters)}`);
      return {
        intervalSeconds: readInteger(answer, 'interval', 1, MAX_COUNT),
        seeders: readInteger(answer, 'complete', 0, MAX_COUNT),
        leechers: readInteger(answer, 'incomplete', 0, MAX_COUNT),
        ports: peersOf(answer, host).map(({ port }) => port),
      };
    },
    scrape: async (infoHashes) => {
      const files = await scrapeFiles(infoHashes);
      return infoHashes.map((hash) => {
        const key = infoHashBytes(parseInfoHash(hash)).toString('latin1');
        const entry = readDictionary(decode(files.get(key)!), hash);
        return {
          seeders: readInteger(entry, 'complete', 0, MAX_COUNT),
          leechers: readInteger(entry, 'incomplete', 0, MAX_COUNT),
          downloaded: readInteger(entry, 'downloaded', 0, MAX_COUNT),
        };
      });
    },
    close: async () => {
      asker.close();
      await listener.close(0);
    },
  };
}
