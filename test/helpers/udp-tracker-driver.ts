// Announces and scrapes over UDP (BEP 15), as raw bytes.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { TrackerDoor } from '../../node/listeners/http-answers.ts';
import { startUdpListener, type UdpListenerOptions } from '../../node/listeners/udp.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { readCompactPeers } from '../../shared/protocol/tracker/compact-peers.ts';
import type { AnnounceParameters, TrackerDriver } from '../contracts/tracker-behaviour.ts';

const EVENTS = { completed: 1, started: 2, stopped: 3 };
const SECRET = Buffer.alloc(16, 5);

export function connectRequest(transaction = 7): Buffer {
  const bytes = Buffer.from('00000417271019800000000000000000', 'hex');
  bytes.writeUInt32BE(transaction, 12);
  return bytes;
}

export function announceRequest(connectionId: Buffer, parameters: AnnounceParameters): Buffer {
  const { infoHash, port, event, left = 1, numwant = -1, key = '0', peerId = '-XX0001-aaaaaaaaaaaa' } = parameters;
  const bytes = Buffer.alloc(98);
  connectionId.copy(bytes);
  bytes.writeUInt32BE(1, 8);
  bytes.writeUInt32BE(9, 12);
  bytes.write(infoHash, 16, 'hex');
  bytes.write(peerId, 36, 'latin1');
  bytes.writeBigUInt64BE(BigInt(left), 64);
  bytes.writeUInt32BE(event === undefined ? 0 : EVENTS[event], 80);
  bytes.writeUInt32BE(Number.parseInt(key, 16), 88);
  bytes.writeInt32BE(numwant, 92);
  bytes.writeUInt16BE(port, 96);
  return bytes;
}

export function scrapeRequest(connectionId: Buffer, infoHashes: readonly string[]): Buffer {
  return Buffer.concat([connectionId, Buffer.from('0000000200000008', 'hex'), Buffer.from(infoHashes.join(''), 'hex')]);
}

/** A socket of the host's family that asks one thing at a time. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;

  constructor(host: string, port: number, localAddress?: string) {
    this.#socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    if (localAddress !== undefined) this.#socket.bind(0, localAddress);
    this.#host = host;
    this.#port = port;
  }

  send(bytes: Buffer): void {
    this.#socket.send(bytes, this.#port, this.#host);
  }

  async ask(bytes: Buffer): Promise<Buffer> {
    const answered = once(this.#socket, 'message');
    this.send(bytes);
    const [answer] = await answered;
    return answer as Buffer;
  }

  /** The next `count` datagrams that arrive. */
  collect(count: number): Promise<Buffer[]> {
    const answers: Buffer[] = [];
    return new Promise((resolve) => {
      this.#socket.on('message', (answer) => {
        if (answers.push(answer) === count) resolve(answers);
      });
    });
  }

  async connectionId(): Promise<Buffer> {
    return (await this.ask(connectRequest())).subarray(8, 16);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Starts a listener on `host` and gets a connection id from it. */
export async function openUdpDriver(
  tracker: TrackerDoor,
  host: string,
  options: Partial<UdpListenerOptions> = {},
): Promise<TrackerDriver> {
  const onError = (error: Error): void => {
    throw error;
  };
  const listener = await startUdpListener({
    tracker,
    clock: systemClock,
    host,
    port: 0,
    secret: SECRET,
    onError,
    ...options,
  });
  const client = new UdpClient(host, listener.port);
  const connectionId = await client.connectionId();

  const succeed = async (bytes: Buffer): Promise<Buffer> => {
    const answer = await client.ask(bytes);
    if (answer.readUInt32BE(0) === 3) throw new Error(answer.toString('latin1', 8));
    return answer;
  };

  return {
    announce: async (parameters) => {
      const answer = await succeed(announceRequest(connectionId, parameters));
      return {
        intervalSeconds: answer.readUInt32BE(8),
        leechers: answer.readUInt32BE(12),
        seeders: answer.readUInt32BE(16),
        ports: readCompactPeers(answer.subarray(20), isIPv6(host) ? 6 : 4).map(({ port }) => port),
      };
    },
    scrape: async (infoHashes) => {
      const answer = await succeed(scrapeRequest(connectionId, infoHashes));
      return infoHashes.map((_, i) => ({
        seeders: answer.readUInt32BE(8 + i * 12),
        downloaded: answer.readUInt32BE(12 + i * 12),
        leechers: answer.readUInt32BE(16 + i * 12),
      }));
    },
    close: async () => {
      client.close();
      await listener.close();
    },
  };
}
