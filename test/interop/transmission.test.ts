import { describeAnnounceRoads } from './announce-roads.ts';
import { transmission } from './clients.ts';
import { describePlantedDownload } from './planted-download.ts';

describePlantedDownload(transmission);
describeAnnounceRoads(transmission, [
  { protocol: 'http', family: 'ipv6' },
  { protocol: 'udp', family: 'ipv4' },
]);
