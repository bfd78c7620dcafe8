// A peer on a bare socket, which says whatever a test wants it to, unencrypted.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Bencodable, encode } from '../../shared/protocol/encoding/bencoding.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

const PROTOCOL = Buffer.from('\x13BitTorrent protocol\0\0\0\0\0\x10\0\x04', 'latin1');
const EXTENDED = 20;

/** Speaks of extensions (BEP 10) and fast ones (BEP 6). */
export function handshake(infoHash: InfoHash, peerId = '-XX0000-abcdefghijkl'): Buffer {
  return Buffer.concat([PROTOCOL, Buffer.from(infoHash, 'hex'), Buffer.from(peerId, 'latin1')]);
}

export function message(id: number, ...words: readonly (number | Uint8Array)[]): Buffer {
  const parts = words.map((word) => (typeof word === 'number' ? wordOf(word) : word));
  const body = Buffer.concat([Buffer.from([id]), ...parts]);
  return Buffer.concat([wordOf(body.length), body]);
}

/** `id` is what the other side calls the extension; 0 is the handshake of extensions. */
export function extended(id: number, head: Bencodable, rest: Uint8Array = Buffer.alloc(0)): Buffer {
  return message(EXTENDED, Buffer.from([id]), encode(head), rest);
}

/** A 32-bit number of the wire. */
export function wordOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** One that calls; what is said to it is left unread unless the test reads it. */
export async function callPeer(port: number, ...said: readonly Uint8Array[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  for (const bytes of said) socket.write(bytes);
  return socket;
}

/** One that is called, and says the same to everybody who calls; it reads all and heeds nothing. */
export async function listenAsPeer(...said: readonly Uint8Array[]): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    for (const bytes of said) socket.write(bytes);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
