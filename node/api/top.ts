// GET /stats/top: the torrents with the most peers, for operators.

import type { RequestHandler } from 'express';
import type { TopTorrent } from '../tracker/top-torrents.ts';

/** `?count=10` gives the first ten of the list. As text: info hash, seeders, leechers, downloads. */
export function createTopHandler(topTorrents: () => Promise<readonly TopTorrent[]>): RequestHandler {
  return async (request, response) => {
    const { count } = request.query;
    const torrents = (await topTorrents()).slice(0, /^\d{1,4}$/.test(String(count)) ? Number(count) : undefined);
    response.set('Cache-Control', 'no-store').format({
      json: () => response.json(torrents),
      text: () => response.send(torrents.map(textOf).join('')),
    });
  };
}

function textOf({ infoHash, seeders, leechers, downloaded }: TopTorrent): string {
  return `${infoHash} ${seeders} ${leechers} ${downloaded}\n`;
}
