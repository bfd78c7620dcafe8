// A program, not a test: `webtorrent-client.ts seed|download TORRENT FOLDER` with the npm package webtorrent.
// Prints `ready` once the torrent is open; a download ends with exit code 0 when everything is verified.

import WebTorrent from 'webtorrent';

const [mode, torrentFile = '', folder = ''] = process.argv.slice(2);

const noDiscovery = { dht: false, lsd: false, natUpnp: false, natPmp: false, utp: false, utPex: false };
// No STUN server is asked, since there is none in a lab.
const client = new WebTorrent({ ...noDiscovery, tracker: { rtcConfig: { iceServers: [] } } });
client.on('error', fail);
const torrent = client.add(torrentFile, { path: folder });
torrent.on('error', fail);
torrent.on('ready', () => process.stdout.write('ready\n'));
if (mode === 'download') torrent.on('done', () => client.destroy(() => process.exit(0)));
process.on('SIGTERM', () => client.destroy(() => process.exit(0)));

function fail(error: string | Error): void {
  process.stderr.write(`${error}\n`);
  process.exit(1);
}
