import { describeAnnounceRoads } from './announce-roads.ts';
import { libtorrent } from './clients.ts';
import { describePlantedDownload } from './planted-download.ts';

describePlantedDownload(libtorrent);
describePlantedDownload(libtorrent, 'v2');
describeAnnounceRoads(libtorrent, [
  { protocol: 'http', family: 'ipv6' },
  { protocol: 'udp', family: 'ipv4' },
  { protocol: 'udp', family: 'ipv6' },
]);
