// Torrents that were planted before the operator forbade them: given up, so that supernodes have others carry them. A torrent
// that stayed in the catalogue would draw clients here, only to refuse them.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../shared/platform/log.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Holdings } from '../store/holdings.ts';

export interface ForbiddenOptions {
  readonly holdings: Pick<Holdings, 'carriedAfter' | 'release'>;
  readonly isForbidden: (infoHash: InfoHash) => boolean;
  readonly log: Pick<Log, 'info'>;
}

/** Torrents looked at before announces have their turn: about 2 ms. */
const TORRENTS_PER_TURN = 5000;

/** Looks through all that is carried. Nothing brings back what is given up but a new plant. */
export async function giveUpForbidden({ holdings, isForbidden, log }: ForbiddenOptions): Promise<void> {
  let place: InfoHash | undefined = '';
  let torrents = 0;
  while (place !== undefined) {
    const page = holdings.carriedAfter(place, TORRENTS_PER_TURN);
    const forbidden = page.filter(isForbidden);
    if (forbidden.length > 0) holdings.release(forbidden);
    torrents += forbidden.length;
    place = page.at(-1);
    await nextTurn();
  }
  if (torrents > 0) log.info({ torrents }, 'planted torrents are forbidden now, and given up');
}
