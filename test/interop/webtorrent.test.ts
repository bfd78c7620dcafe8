import { describeAnnounceRoads } from './announce-roads.ts';
import { webtorrent } from './clients.ts';
import { describePlantedDownload } from './planted-download.ts';

describePlantedDownload(webtorrent);
describeAnnounceRoads(webtorrent, [
  { protocol: 'http', family: 'ipv6' },
  { protocol: 'udp', family: 'ipv4' },
  { protocol: 'websocket', family: 'ipv4' },
]);
