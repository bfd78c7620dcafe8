import { describeAnnounceRoads } from './announce-roads.ts';
import { aria2 } from './clients.ts';
import { describePlantedDownload } from './planted-download.ts';

describePlantedDownload(aria2);
describeAnnounceRoads(aria2, [
  { protocol: 'http', family: 'ipv6' },
  { protocol: 'udp', family: 'ipv4' },
]);
