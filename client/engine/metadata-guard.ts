// Hears of metainfo that the package cannot take. It looks at what peers told in promises that nobody awaits: one that rejects would
// end the process.

import type { Torrent } from 'webtorrent';
import { PublicError } from '../../shared/errors.ts';

/** To be called before anything has come. What the hash is of may be no torrent, or one whose files have unsafe names. */
export function hearMetadata(torrent: Torrent, onFailure: (error: Error) => void): void {
  const take = torrent._onMetadata.bind(torrent);
  torrent._onMetadata = (metadata) => take(metadata).catch(onFailure);
  torrent.on('wire', ({ ut_metadata: exchange }) => {
    const set = exchange.setMetadata.bind(exchange);
    exchange.setMetadata = (info) =>
      set(info).catch((cause: Error) => {
        onFailure(new PublicError('metainfo', 'the hash is of something that is no torrent', { cause }));
        return true;
      });
  });
}
