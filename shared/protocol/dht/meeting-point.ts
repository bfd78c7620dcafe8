// Where supernodes of a network are found in the Mainline DHT: they announce themselves under this hash as if it were a torrent's.

import { createHash } from 'node:crypto';
import type { InfoHash } from '../torrent/info-hash.ts';

const NAME = 'anatomic/2 supernodes';

/** Another one per version of the protocol and per domain, so that separate networks do not meet; undefined: of no domain. */
export function meetingPoint(domain: string | undefined): InfoHash {
  const suffix = domain === undefined ? '' : ` ${domain.toLowerCase().replace(/\.$/, '')}`;
  return createHash('sha1').update(`${NAME}${suffix}`).digest('hex');
}
