// What operators and passers-by ask: is it alive, is it ready, what has it done, what is it.

import { Router } from 'express';
import { type NodeStats, statsDocument, statsText } from './stats.ts';
import { statsPage } from './stats-page.ts';

export interface StatusOptions {
  /** 'ready', or why the node is not: 'starting', 'draining', 'left'. */
  readonly readiness: () => string;
  readonly stats: () => NodeStats;
  readonly id: string;
}

const UNAVAILABLE = 503;

export function createStatusRouter({ id, readiness, stats }: StatusOptions): Router {
  const router = Router();
  router.get('/', (_, response) => {
    response.type('html').send(page(id, stats().tracker));
  });
  router.get('/health', (_, response) => {
    response.type('text').send('ok\n');
  });
  router.get('/ready', (_, response) => {
    const word = readiness();
    response.status(word === 'ready' ? 200 : UNAVAILABLE);
    response.type('text').send(`${word}\n`);
  });
  router.get('/stats', (_, response) => {
    const document = statsDocument(stats());
    response.set('Cache-Control', 'no-store').format({
      json: () => response.json(document),
      text: () => response.send(statsText(document)),
      html: () => response.send(statsPage(document)),
    });
  });
  return router;
}

/** Everything in it is made here: hex digits and numbers, nothing that a stranger wrote. */
function page(id: string, stats: NodeStats['tracker']): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Anatomic node</title>
</head>
<body>
<h1>Anatomic node</h1>
<p>This is a BitTorrent tracker of a decentralised network. Its announce URL is <code>/announce</code> at this address.
It tells peers of a torrent about each other; it stores and serves no content.</p>
<p>It carries ${stats.planted} planted torrents and knows ${stats.peers4 + stats.peers6} peers.
<a href="/stats">All numbers</a></p>
<p>Id: <code>${id}</code></p>
</body>
</html>
`;
}
