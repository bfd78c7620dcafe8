// Runs the bittorrent-tracker server on 127.0.0.1 with the port of the first argument, and nothing that slows it down.

import { Server } from 'bittorrent-tracker';

/** By default it forgets all but 1000 peers of a torrent. */
const PEERS_PER_TORRENT = 1_000_000;

const server = new Server({ ws: false, stats: false, peersCacheLength: PEERS_PER_TORRENT });
server.listen(Number(process.argv[2]), { http: '127.0.0.1', udp: '127.0.0.1', udp6: '::1' });
process.once('SIGTERM', () => process.exit(0));
