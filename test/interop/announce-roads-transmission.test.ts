// In a file of its own, which runs beside the other: every exchange takes Transmission a quarter of a minute.

import { describeAnnounceRoads } from './announce-roads.ts';
import { transmission } from './clients.ts';

describeAnnounceRoads(transmission, [
  { protocol: 'http', family: 'ipv6' },
  { protocol: 'udp', family: 'ipv4' },
]);
