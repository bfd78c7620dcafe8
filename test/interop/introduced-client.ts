// A program, not a test: `introduced-client.ts ANNOUNCE_URL NUMBER` with the npm package bittorrent-tracker over WebSocket.
// Announces with an offer for each lower NUMBER, says hello to whom it meets, scrapes when it was answered, and stops on
// SIGTERM. Prints `counts C I` for each answer to an announce, `heard TEXT` and `scraped C I`.

import Client, { type Peer, type Update } from 'bittorrent-tracker/client';

const INFO_HASH = Buffer.from('abcdefghijklmnopqrst').toString('hex');

const [announce = '', number = ''] = process.argv.slice(2);
const peerId = Buffer.from(`-WW0208-${number.padStart(12, '0')}`).toString('hex');
const client = new Client({
  infoHash: INFO_HASH,
  peerId,
  announce,
  port: 7000 + Number(number),
  // No STUN server is asked, since there is none in a lab.
  rtcConfig: { iceServers: [] },
});

client.on('error', fail);
client.on('warning', fail);
client.on('update', ({ complete, incomplete }: Update) => print(`counts ${complete} ${incomplete}`));
client.on('scrape', ({ complete, incomplete }: Update) => print(`scraped ${complete} ${incomplete}`));
client.on('peer', (peer: Peer) => {
  peer.on('error', fail);
  peer.on('connect', () => peer.send(`hello from ${number}`));
  peer.on('data', (bytes: Uint8Array) => {
    print(`heard ${Buffer.from(bytes).toString()}`);
    client.scrape();
  });
});
process.on('SIGTERM', () => {
  client.removeAllListeners('warning');
  client.on('update', () => process.exit(0));
  client.stop({ left: 9 });
});
client.start({ left: 9, numwant: Number(number) - 1 });

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(error: Error): void {
  process.stderr.write(`${error}\n`);
  process.exit(1);
}
